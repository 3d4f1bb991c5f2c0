package report_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"trustdeck/model/plan"
	"trustdeck/model/report"
)

// answers lists every top-level type, and what is documented of a plan file; all others are
// reached from them.
var answers = []any{
	report.Repos{},
	report.Inspect{},
	report.Tags{},
	report.Keys{},
	report.Tokens{},
	report.TokenPIN{},
	report.TokenChange{},
	report.Verify{},
	report.Doctor{},
	report.Signers{},
	report.Delegations{},
	report.Quorum{},
	report.Explain{},
	report.Attest{},
	report.Forecast{},
	report.Roots{},
	report.History{},
	report.Status{},
	report.Environment{},
	report.Archive{},
	report.Contexts{},
	report.ContextSettings{},
	report.Backup{},
	report.Change{},
	report.Ceremony{},
	report.CeremonyRequest{},
	report.CeremonyTranscript{},
	report.Deletion{},
	report.KeyImport{},
	report.KeyGenerated{},
	report.KeyExport{},
	report.Upload{},
	report.KeyPassphrase{},
	report.KeyRemoval{},
	report.KeyRename{},
	report.PublicKey{},
	report.Restore{},
	report.Sandbox{},
	report.Lessons{},
	report.Version{},
	plan.RoleSummary{},
	plan.QuorumChange{},
	plan.PullChange{},
}

// types maps the names of all types reachable from the answers to their
// members.
func types(t *testing.T) map[string][]string {
	t.Helper()
	members := map[string][]string{}
	var visit func(reflect.Type)
	visit = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice:
			visit(typ.Elem())
			return
		case reflect.Struct:
		default:
			return
		}
		if _, seen := members[typ.Name()]; seen || typ == reflect.TypeFor[time.Time]() {
			return
		}
		members[typ.Name()] = nil
		for i := range typ.NumField() {
			f := typ.Field(i)
			if f.Anonymous {
				visit(f.Type)
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" {
				t.Errorf("%s.%s has no JSON name", typ.Name(), f.Name)
			}
			members[typ.Name()] = append(members[typ.Name()], name)
			visit(f.Type)
		}
	}
	for _, a := range answers {
		visit(reflect.TypeOf(a))
	}
	return members
}

// The page has one section for each type and one row for each member, and none
// that do not exist.
func TestJSONPageListsEveryMember(t *testing.T) {
	page, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]map[string]bool{}
	section := ""
	heading, row := regexp.MustCompile("^### ([A-Z][A-Za-z]*)$"), regexp.MustCompile("^\\| `([A-Za-z0-9]+)` \\|.*\\|.*\\S.*\\|$")
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSuffix(line, "\n")
		if m := heading.FindStringSubmatch(line); m != nil {
			section = m[1]
			documented[section] = map[string]bool{}
		} else if m := row.FindStringSubmatch(line); m != nil && section != "" {
			documented[section][m[1]] = true
		}
	}
	actual := types(t)
	for name, members := range actual {
		for _, m := range members {
			if !documented[name][m] {
				t.Errorf("docs/json.md does not describe %s of %s", m, name)
			}
			delete(documented[name], m)
		}
	}
	for name, members := range documented {
		if _, ok := actual[name]; !ok {
			t.Errorf("docs/json.md describes %s, which does not exist", name)
		}
		for m := range members {
			t.Errorf("docs/json.md describes %s of %s, which does not exist", m, name)
		}
	}
}

// Every code that verification and judgement can give is on the page.
func TestJSONPageListsEveryCode(t *testing.T) {
	page, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	declaration := regexp.MustCompile(`(?m)^\t(?:Problem|Code)\w+\s+(?:ProblemCode)?\s*= "([a-z-]+)"`)
	count := 0
	for _, folder := range []string{"..", "../health", "../admin", "../token"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range declaration.FindAllStringSubmatch(string(source), -1) {
				count++
				if !strings.Contains(string(page), "| `"+m[1]+"` |") {
					t.Errorf("docs/json.md does not describe the code %s of %s", m[1], file)
				}
			}
		}
	}
	if count < 20 {
		t.Errorf("found only %d codes: does the pattern still fit the source?", count)
	}
}
