package flows_test

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/tuitest"
)

// Where a key is in two files, every flow means the one that the folder uses, wherever it is in the
// list, and shows the key once. A file beside it that can't be read keeps nobody from exporting
// the key.
func TestTwoFilesOfOneKey(t *testing.T) {
	for _, id := range []string{"key-export", "key-passphrase", "key-rename", "key-remove"} {
		for name, other := range map[string]model.PrivateKey{
			"a second good file":       {Second: true, Encrypted: true},
			"one without a passphrase": {Second: true},
			"one that is damaged":      {Second: true, Encrypted: true, Fault: &model.Fault{Kind: model.FaultLocal, Text: "is damaged"}},
		} {
			for _, first := range []bool{true, false} {
				if other.Fault != nil && id != "key-export" {
					continue // what changes the files of a key refuses a damaged one
				}
				backend := tuitest.NewKeyBackend()
				at := slices.IndexFunc(backend.Known.Keys, func(k model.PrivateKey) bool { return k.Label == "alice" })
				used := backend.Known.Keys[at]
				other.ID, other.Label, other.Path = used.ID, "old", "/trust/private/old/alice.key"
				place := at + 1
				if first {
					place = at
				}
				backend.Known.Keys = slices.Insert(backend.Known.Keys, place, other)
				given := map[string][]string{flows.NamedKeys: {string(used.ID)}, "to": {"keys.pem"}, flows.KeyName: {"zoe"}, "backup": {"none"}}
				m, e := flow.New(flows.All(flows.Ports{Keys: backend}).Find(id), backend.Known, flow.Answers{Values: given})
				for e != flow.None {
					e = m.Take(m.Work().Do(t.Context(), flow.Run{Secrets: knower{}}))
				}
				if m.State() != flow.Reviewing && m.State() != flow.Confirming {
					t.Errorf("%s, %s, first %v: it stands at %q, %v", id, name, first, m.Step().Question, m.Problem())
					continue
				}
				review := m.Review()
				var details strings.Builder
				for _, s := range review.Details {
					details.WriteString(strings.Join(s.Lines, "\n"))
				}
				if len(review.Table.Rows) != 1 || !strings.Contains(details.String(), used.Path) || strings.Contains(details.String(), other.Path) {
					t.Errorf("%s, %s, first %v: %+v\n%s", id, name, first, review.Table.Rows, details.String())
				}
			}
		}
	}
}

// A key that belongs to no one repository is told from others of its name by where it is
// listed, in every choice of keys.
func TestChoicesOfKeysSayWhereTheyAreListed(t *testing.T) {
	alone, shared, unknown := model.KeyID(strings.Repeat("a1", 32)), model.KeyID(strings.Repeat("b2", 32)), model.KeyID(strings.Repeat("c3", 32))
	file := func(id model.KeyID) model.PrivateKey {
		return model.PrivateKey{ID: id, Label: "alice", Encrypted: true, Path: "/trust/" + id.Short() + ".key", Exposed: true}
	}
	lists := func(id model.KeyID) []model.GUN {
		return map[model.KeyID][]model.GUN{alone: {"pay/api"}, shared: {"acme/app", "acme/web", "pay/api"}}[id]
	}
	want := []flow.Option{
		{Label: "alice key a1a1 a1a1 in pay/api"},
		{Label: "alice key b2b2 b2b2 in acme/app and 2 others", Help: "Listed in acme/app, acme/web and pay/api."},
		{Label: "alice key c3c3 c3c3"},
	}
	ports := flows.Ports{Keys: tuitest.NewKeyBackend(), Backups: tuitest.NewBackupBackend()}
	for id, given := range map[string]map[string][]string{
		"key-export": nil, "key-passphrase": nil, "key-rename": nil, "key-remove": nil, "key-protect": nil, "backup-create": {"what": {"keys"}},
	} {
		facts := flow.Facts{Dialect: ports.Keys.(*tuitest.KeyBackend).Known.Dialect, Keys: []model.PrivateKey{file(alone), file(shared), file(unknown)}, Lists: lists}
		m, _ := flow.New(flows.All(ports).Find(id), facts, flow.Answers{Values: given})
		options := m.Options()
		if len(options) != len(want) {
			t.Errorf("%s offers %+v", id, options)
			continue
		}
		for i, o := range options {
			if o.Label != want[i].Label || !strings.HasPrefix(o.Help, want[i].Help) {
				t.Errorf("%s offers %+v; want %+v", id, o, want[i])
			}
		}
	}
}
