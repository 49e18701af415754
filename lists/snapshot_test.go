package lists_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

func build(t testing.TB, o lists.Options) *lists.Snapshot {
	t.Helper()
	s, err := lists.Build(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBuild(t *testing.T) {
	for _, test := range []struct {
		name    string
		options lists.Options
		want    []string
		entries []int
	}{
		{"global", lists.Options{}, []string{"global/characters", "global", "global/passwords"}, []int{54872, 10_000, 887_274}},
		{"custom only", lists.Options{NoGlobal: true, Custom: []engine.TermList{
			{Name: "west", Terms: terms("contoso")},
			{Name: "custom/east", Terms: terms("fabrikam", "tailspin")},
		}}, []string{"global/characters", "custom/east", "custom/west"}, []int{54872, 2, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := build(t, test.options)
			var names []string
			var entries []int
			for _, l := range s.Lists {
				names, entries = append(names, l.Name), append(entries, l.Entries)
				if !strings.HasPrefix(l.Digest, "sha256:") || len(l.Digest) != 71 {
					t.Errorf("%s has digest %s", l.Name, l.Digest)
				}
			}
			if !slices.Equal(names, test.want) || !slices.Equal(entries, test.entries) {
				t.Errorf("got %v %v, want %v %v", names, entries, test.want, test.entries)
			}
			if s.Engine == nil || !slices.Equal(s.Engine.Policies(), []string{"default", "entra"}) {
				t.Error("no engine with the default policies")
			}
		})
	}
}

func TestBuildDecides(t *testing.T) {
	custom := []engine.TermList{{Name: "company", Terms: terms("contoso")}}
	global, own := build(t, lists.Options{}), build(t, lists.Options{NoGlobal: true, Custom: custom})
	for _, test := range []struct {
		s        *lists.Snapshot
		password string
		want     engine.Decision
	}{
		{global, "trustno1", engine.Reject},
		{global, "qV7#xLp2w!9z", engine.Accept},
		{own, "Contoso1", engine.Reject},
	} {
		v := test.s.Engine.Check([]byte(test.password), engine.Subject{})
		if v.Decision != test.want || v.Snapshot != test.s.ID {
			t.Errorf("%s: %v by %s", test.password, v.Decision, v.Snapshot)
		}
	}
}

// TestID tells which changes of the options change the id.
func TestID(t *testing.T) {
	list := func(name string, t ...engine.Term) engine.TermList { return engine.TermList{Name: name, Terms: t} }
	a, b := engine.Term{Text: "contoso"}, engine.Term{Text: "fabrikam"}
	policy := engine.DefaultPolicy()
	longer := policy
	longer.MinLength++
	base := lists.Options{NoGlobal: true, Custom: []engine.TermList{list("x", a, b), list("y", b)}}
	with := func(change func(*lists.Options)) lists.Options {
		o := lists.Options{NoGlobal: true, Custom: slices.Clone(base.Custom)}
		change(&o)
		return o
	}
	want := build(t, base).ID
	for _, test := range []struct {
		name string
		o    lists.Options
		same bool
	}{
		{"nothing", with(func(*lists.Options) {}), true},
		{"order of lists", with(func(o *lists.Options) { slices.Reverse(o.Custom) }), true},
		{"order of terms", with(func(o *lists.Options) { o.Custom[0] = list("x", b, a) }), true},
		{"default policies", with(func(o *lists.Options) { o.Policies = []engine.Policy{policy, engine.EntraPolicy()} }), true},
		{"a term", with(func(o *lists.Options) { o.Custom[1] = list("y", a) }), false},
		{"a rank", with(func(o *lists.Options) { o.Custom[1] = list("y", engine.Term{Text: "fabrikam", Rank: 1}) }), false},
		{"a name", with(func(o *lists.Options) { o.Custom[1].Name = "z" }), false},
		{"a policy", with(func(o *lists.Options) { o.Policies = []engine.Policy{longer, engine.EntraPolicy()} }), false},
		{"order of policies", with(func(o *lists.Options) { o.Policies = []engine.Policy{engine.EntraPolicy(), policy} }), false},
		{"global lists", with(func(o *lists.Options) { o.NoGlobal = false }), false},
	} {
		if got := build(t, test.o).ID; (got == want) != test.same {
			t.Errorf("%s: id equal %v, want %v", test.name, got == want, test.same)
		}
	}
}

func TestBuildErrors(t *testing.T) {
	list := func(name string) engine.TermList { return engine.TermList{Name: name, Terms: terms("contoso")} }
	for _, names := range [][]string{{""}, {"custom/"}, {"x", "x"}, {"x", "custom/x"}} {
		o := lists.Options{NoGlobal: true}
		for _, n := range names {
			o.Custom = append(o.Custom, list(n))
		}
		if _, err := lists.Build(o); !errors.Is(err, lists.ErrName) {
			t.Errorf("%q: got %v, want ErrName", names, err)
		}
	}
	var e *engine.ConfigError
	if _, err := lists.Build(lists.Options{NoGlobal: true, Policies: []engine.Policy{{}}}); !errors.As(err, &e) {
		t.Errorf("got %v, want an *engine.ConfigError", err)
	}
}

func BenchmarkBuild(b *testing.B) {
	for b.Loop() {
		build(b, lists.Options{})
	}
}

func BenchmarkGlobalTerms(b *testing.B) {
	for b.Loop() {
		lists.GlobalTerms()
	}
}
