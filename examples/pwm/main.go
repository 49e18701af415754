// Pwm answers the external password check of PWM (setting
// external.pwcheck.urls) by the verdicts of a Veto server.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/vetopw/veto/examples/go-http/veto"
)

// maxBodyBytes bounds a request: PWM sends the whole policy of the user along.
const maxBodyBytes = 256 << 10

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "pwm:", err)
		os.Exit(1)
	}
}

func serve() error {
	client, err := veto.New(cmp.Or(os.Getenv("VETO_URL"), "http://127.0.0.1:8080"), os.Getenv("VETO_TOKEN_FILE"))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cmp.Or(os.Getenv("LISTEN"), "127.0.0.1:8089"))
	if err != nil {
		return err
	}
	// PWM sends no credentials: only programs of its machine may ask.
	if a, ok := listener.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return errors.Join(fmt.Errorf("LISTEN=%s is not a loopback address", listener.Addr()), listener.Close())
	}
	routes := http.NewServeMux()
	routes.Handle("POST /pwcheck", adapter{client})
	fmt.Printf("listening on http://%s\n", listener.Addr())
	server := http.Server{
		Handler:     http.NewCrossOriginProtection().Handler(routes),
		ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute,
	}
	return server.Serve(listener)
}

// request is what PWM sends, as far as it matters. User is absent where PWM
// does not know the person yet.
type request struct {
	Password json.RawMessage `json:"password"`
	User     struct {
		ID         string            `json:"userID"`
		Mail       string            `json:"userEmailAddress"`
		Attributes map[string]string `json:"attributes"`
	} `json:"userInfo"`
}

// nameAttributes are the attributes of userInfo that hold names of the person.
var nameAttributes = []string{"givenName", "sn", "cn", "displayName"}

// response is what PWM reads.
type response struct {
	Error   bool   `json:"error"`
	Message string `json:"errorMessage,omitempty"`
}

type adapter struct{ veto *veto.Client }

// ServeHTTP always answers 200: PWM shows the message of such an answer, and of
// others nothing but that something has failed.
func (a adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(a.judge(w, r)); err != nil {
		slog.Error("answer", "error", err)
	}
}

func (a adapter) judge(w http.ResponseWriter, r *http.Request) response {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	defer clear(body)
	var asked request
	if err == nil {
		err = json.Unmarshal(body, &asked)
	}
	defer clear(asked.Password)
	if err != nil || len(asked.Password) == 0 {
		slog.Error("check", "error", "not a request of PWM")
		return response{true, "The password could not be checked."}
	}
	// PWM tells the language of the person in Content-Language.
	verdict, err := a.veto.Check(r.Context(), asked.check(), r.Header.Get("Content-Language"))
	if err != nil {
		slog.Error("check", "error", err)
	}
	if verdict.Accepted() {
		return response{}
	}
	return response{true, verdict.Text()}
}

func (r *request) check() veto.Request {
	check := veto.Request{Password: r.Password, Account: r.User.ID, Mail: r.User.Mail}
	for _, attribute := range nameAttributes {
		if name := r.User.Attributes[attribute]; name != "" {
			check.Names = append(check.Names, name)
		}
	}
	return check
}
