package veto

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// Timeout is how long Check waits. A check takes microseconds; what takes this
// long is a fault, and the person waits for it.
const Timeout = 2 * time.Second

// maxVerdictBytes bounds what is read of an answer.
const maxVerdictBytes = 64 << 10

// ErrUnavailable is wrapped by the errors of Check.
var ErrUnavailable = errors.New("no verdict")

// Request is the body of a check; docs/API.md has all fields.
type Request struct {
	// Password is the JSON text of the password, quotes included, as it came
	// from the person's browser. It passes through without becoming a string.
	Password  json.RawMessage `json:"password"`
	Account   string          `json:"account,omitempty"`
	Names     []string        `json:"names,omitempty"`
	Mail      string          `json:"mail,omitempty"`
	Operation string          `json:"operation,omitempty"` // set or change
}

// Verdict is the answer. The zero Verdict refuses.
type Verdict struct {
	Decision string   `json:"decision"`
	Reasons  []Reason `json:"reasons"`
	Language string   `json:"-"` // of the reasons
}

// Reason is a rule that failed. "The password" and Message are a sentence.
type Reason struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Advice  string `json:"advice,omitempty"`
}

// Accepted reports whether the password may be set.
func (v Verdict) Accepted() bool { return v.Decision == "accept" }

// sentences are what a message is a part of, by language.
var sentences = map[string]string{
	"en": "The password %s.", "de": "Das Passwort %s.", "fr": "Le mot de passe %s.", "es": "La contraseña %s.", "ja": "パスワードは%s。",
}

// Text returns the reasons as sentences, and behind them each advice once, for
// whoever has room for a text only.
func (v Verdict) Text() string {
	var text, advice []string
	for _, reason := range v.Reasons {
		text = append(text, fmt.Sprintf(cmp.Or(sentences[v.Language], sentences["en"]), reason.Message))
		if reason.Advice != "" && !slices.Contains(advice, reason.Advice) {
			advice = append(advice, reason.Advice)
		}
	}
	return strings.Join(append(text, advice...), " ")
}

// Client asks one server; any number of goroutines may share it.
type Client struct {
	url   string
	token string
	http  *http.Client
}

// New returns a client of the server at the base URL, such as
// http://127.0.0.1:8080. The file, if named, holds the token.
func New(url, tokenFile string) (*Client, error) {
	c := &Client{url: strings.TrimSuffix(url, "/") + "/v1/check", http: &http.Client{
		Timeout: Timeout,
		// A redirect would carry the password to wherever it points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if tokenFile == "" {
		return c, nil
	}
	token, err := os.ReadFile(tokenFile)
	if err != nil {
		return nil, fmt.Errorf("read token: %w", err)
	}
	c.token = strings.TrimSpace(string(token))
	return c, nil
}

// Check returns the verdict with messages in the first of the languages
// (an Accept-Language field) that Veto speaks. With an error, which wraps
// ErrUnavailable and is for the log, the verdict is to be acted on all the same:
// it is the answer that the server declares for this case, or a refusal.
func (c *Client) Check(ctx context.Context, r Request, languages string) (Verdict, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return unavailable(), fmt.Errorf("%w: the password is not JSON", ErrUnavailable)
	}
	defer clear(body)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return unavailable(), fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept-Language", cmp.Or(languages, "en"))
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return unavailable(), fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer response.Body.Close()
	return read(response)
}

func read(response *http.Response) (Verdict, error) {
	v := Verdict{Language: response.Header.Get("Content-Language")}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxVerdictBytes))
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	switch known := v.Decision == "accept" || v.Decision == "reject"; {
	case err == nil && known && response.StatusCode == http.StatusOK:
		return v, nil
	case err == nil && known && response.StatusCode == http.StatusServiceUnavailable:
		return v, fmt.Errorf("%w: declared answer: %s", ErrUnavailable, v.Decision)
	}
	return unavailable(), fmt.Errorf("%w: status %d", ErrUnavailable, response.StatusCode)
}

func unavailable() Verdict {
	return Verdict{Decision: "reject", Reasons: []Reason{
		{"unavailable", "could not be checked", "Your password is not the cause: try again in a few minutes."},
	}}
}
