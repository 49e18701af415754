package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/access"
)

// operation is what the description says of a method of a path.
type operation struct {
	method, path string
	place        string // JSON pointer
	Parameters   []parameter
	RequestBody  *struct{ Content map[string]any } `json:"requestBody"`
	Responses    map[string]struct {
		Ref     string `json:"$ref"`
		Content map[string]any
	}
	Security []map[string][]string
}

type parameter struct {
	Ref      string `json:"$ref"`
	Name, In string
}

// description is openapi.json, read.
type description struct {
	operations []*operation
	parameters map[string]parameter // of the components
	compiler   *jsonschema.Compiler
}

const describedAt = "openapi.json"

// readDescription reads openapi.json. Its schemas let answers have further members;
// here these are refused, so that none is forgotten.
func readDescription(t testing.TB) *description {
	t.Helper()
	text, err := os.ReadFile(describedAt)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Paths      map[string]map[string]*operation
		Components struct{ Parameters map[string]parameter }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	d := &description{parameters: file.Components.Parameters, compiler: jsonschema.NewCompiler()}
	for path, methods := range file.Paths {
		for method, o := range methods {
			o.method, o.path, o.place = strings.ToUpper(method), path, pointer("paths", path, method)
			for i, p := range o.Parameters {
				if p.Ref != "" {
					o.Parameters[i] = d.parameters[p.Ref[strings.LastIndex(p.Ref, "/")+1:]]
				}
			}
			d.operations = append(d.operations, o)
		}
	}
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	closeSchemas(whole)
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(describedAt, whole); err != nil {
		t.Fatal(err)
	}
	return d
}

// closeSchemas refuses members that a schema does not name.
func closeSchemas(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, open := v["additionalProperties"]; !open && v["type"] == "object" && v["properties"] != nil {
			v["additionalProperties"] = false
		}
		for _, x := range v {
			closeSchemas(x)
		}
	case []any:
		for _, x := range v {
			closeSchemas(x)
		}
	}
}

// pointer returns the JSON pointer (RFC 6901) of names.
func pointer(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
	}
	return b.String()
}

// find returns the operation of a request.
func (d *description) find(method, target string) *operation {
	path, _, _ := strings.Cut(target, "?")
	for _, o := range d.operations {
		if o.method == method && matches(strings.Split(o.path, "/"), strings.Split(path, "/")) {
			return o
		}
	}
	return nil
}

func matches(pattern, path []string) bool {
	return slices.EqualFunc(pattern, path, func(want, got string) bool { return want == got || strings.HasPrefix(want, "{") })
}

// route returns the path as the table of routes has it.
func (o *operation) route() string {
	switch {
	case strings.HasPrefix(o.path, "/range/"):
		return "/range/"
	case strings.HasPrefix(o.path, "/v1/bundle/"):
		return "/v1/bundle/"
	}
	return o.path
}

// query returns the names of the parameters of the query, sorted.
func (o *operation) query() (names []string) {
	for _, p := range o.Parameters {
		if p.In == "query" {
			names = append(names, p.Name)
		}
	}
	slices.Sort(names)
	return names
}

// validate reports what is wrong with JSON by the schema at a place.
func (d *description) validate(place string, text []byte) error {
	schema, err := d.compiler.Compile(describedAt + "#" + place)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// pages are the routes that are for browsers, not programs.
var pages = []string{"GET /", "GET /console/"}

// TestDescribedRoutes compares routes, methods and scopes.
func TestDescribedRoutes(t *testing.T) {
	described, served := map[string]string{}, map[string]string{}
	for _, o := range readDescription(t).operations {
		var scopes []string
		for _, s := range o.Security {
			for _, names := range s {
				if scopes != nil && !slices.Equal(scopes, names) {
					t.Errorf("%s %s: kinds of credentials need %q and %q", o.method, o.path, scopes, names)
				}
				scopes = names
			}
		}
		described[o.method+" "+o.route()] = strings.Join(scopes, " ")
	}
	named := strings.NewReplacer("/lists/a", "/lists/{name}", "/policies/a", "/policies/{name}")
	for _, r := range server.Scopes() {
		served[r.Method+" "+named.Replace(r.Path)] = r.Scopes.String()
	}
	for _, page := range pages {
		if _, ok := served[page]; !ok {
			t.Errorf("%s is not served", page)
		}
		delete(served, page)
	}
	for key, scopes := range served {
		if got, ok := described[key]; !ok || got != scopes {
			t.Errorf("%s needs the scopes %q; described: %v, %q", key, scopes, ok, got)
		}
	}
	for key := range described {
		if _, ok := served[key]; !ok {
			t.Errorf("%s is described and not served", key)
		}
	}
}

// TestDescribedTables compares fields of a check, codes, statuses and limits.
func TestDescribedTables(t *testing.T) {
	text, err := os.ReadFile(describedAt)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct {
					Enum     []any
					MaxItems int
				}
				Enum []any
			}
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	schemas := file.Components.Schemas
	if got, want := slices.Sorted(maps.Keys(schemas["Check"].Properties)), slices.Sorted(slices.Values(server.Members())); !slices.Equal(got, want) {
		t.Errorf("fields of a check %q, want %q", got, want)
	}
	var codes []any
	for r := range engine.AllReasons() {
		codes = append(codes, r.Code())
	}
	if got := schemas["ReasonCode"].Enum; !slices.Equal(got, codes) {
		t.Errorf("codes %q, want %q", got, codes)
	}
	for _, name := range []string{"Problem", "Undecided"} {
		got, want := schemas[name].Properties["status"].Enum, slices.Sorted(maps.Keys(server.Statuses()))
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("statuses of %s %v, want %v", name, got, want)
		}
	}
	for _, c := range []struct {
		schema, field string
		most          int
	}{{"Check", "names", server.MaxWords}, {"Check", "attributes", server.MaxWords}, {"Check", "groups", server.MaxWords}, {"Batch", "checks", server.MaxChecks}, {"Simulation", "checks", server.MaxChecks}} {
		if got := schemas[c.schema].Properties[c.field].MaxItems; got != c.most {
			t.Errorf("at most %d %s of %s, want %d", got, c.field, c.schema, c.most)
		}
	}
}

// TestDescribedParameters asks every operation for a parameter that there is not:
// the answer names those that there are.
func TestDescribedParameters(t *testing.T) {
	x := newExchange(t)
	for _, o := range x.operations {
		r := x.managed.do(t, o.method, example(o)+"?zz=1", bodyOf(o), x.bearer("all"), "If-Match: *")
		_, list, told := strings.Cut(fmt.Sprint(r.json["detail"]), "there are ")
		told = told && r.json["field"] == "query"
		switch {
		case o.route() == "/range/":
			if r.status != 400 || !strings.Contains(string(r.body), "mode=sha1") || !slices.Equal(o.query(), []string{"mode"}) {
				t.Errorf("%s: %s, described: %q", o.path, r.body, o.query())
			}
		case r.status != 404 && r.status != 400:
			t.Errorf("%s %s takes any query: %d %s", o.method, o.path, r.status, r.body)
		case told != (o.query() != nil), told && list != strings.Join(o.query(), ", "):
			t.Errorf("%s %s: %s, described: %q", o.method, o.path, r.body, o.query())
		}
	}
	var audit []string
	for name := range server.AuditParameters() {
		audit = append(audit, name)
	}
	slices.Sort(audit)
	described := slices.Concat(x.find("GET", "/v1/audit").query(), x.find("GET", "/v1/audit:summary").query())
	slices.Sort(described)
	if described = slices.Compact(described); !slices.Equal(described, audit) {
		t.Errorf("the audit takes %q, described: %q", audit, described)
	}
}

// TestDescription wants what is served to be the file, for anybody.
func TestDescription(t *testing.T) {
	text, err := os.ReadFile(describedAt)
	if err != nil {
		t.Fatal(err)
	}
	callers := newCallers(t, access.Options{})
	a := start(t, server.Config{Access: callers.Guard}, server.DefaultLimits(), nil).dial(t).send("GET", "/openapi.json", "")
	if a.status != 200 || !bytes.Equal(a.body, text) {
		t.Errorf("%d, %d bytes of %d", a.status, len(a.body), len(text))
	}
}
