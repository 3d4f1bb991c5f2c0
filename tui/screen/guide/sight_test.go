package guide_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/backup"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/guide"
	"trustdeck/tui/text"
	"trustdeck/tui/tuitest"
)

// crowd is how many signers and root keys the lists of the flows have: more than any
// page has lines.
const crowd = 40

// walks is how many walks are taken through each flow at most, until all of its pages
// were seen.
const walks = 1000

// fewWalks is how many there are at least.
const fewWalks = 15

const crowded = "registry.example.org/crowded"

// crowdedRepo is a repository with so many signers, as the server has it. It is made once:
// a key for each takes longer than a walk.
var crowdedRepo = sync.OnceValue(func() *notarytest.Repo {
	repo := notarytest.New(crowded, tuitest.Now)
	var all []notarytest.Key
	for i := range crowd {
		k := notarytest.NewKey()
		all = append(all, k)
		own := []notarytest.Key{k}
		if i == 0 {
			own = append(own, notarytest.NewKey())
		}
		repo.Delegate(model.RoleName(fmt.Sprintf("targets/signer-%02d", i)), 1, []string{"", "v"}, own...)
	}
	repo.Delegate(docker.Releases, 1, []string{""}, all...)
	repo.Delegate("targets/bob", 1, []string{""}, notarytest.NewKey())
	for i := range crowd {
		repo.Tag("targets/bob", fmt.Sprintf("v%02d", i), "x")
	}
	repo.Seal("targets/bob")
	repo.Drop("targets/bob", false) // bob was removed, and the server has what he signed
	repo.Tag(docker.Releases, "v1", "x")
	repo.Keys[docker.Releases] = all[:1] // nobody else has signed
	repo.Seal(model.RoleTargets, docker.Releases)
	repo.Seal(model.RoleRoot)
	return repo
})

// manyForms is a dialect in which every form of a delegation is asked for.
type manyForms struct{ dialect.Dialect }

func (manyForms) Forms() dialect.Forms {
	return dialect.Forms{Terminating: true, HashPrefixes: true, MaxBins: 8}
}

// Lifetimes are asked for.
func (manyForms) Lifetimes() bool { return true }

// Algorithms are two, so that somebody has to choose.
func (manyForms) Algorithms() []model.Algorithm {
	return []model.Algorithm{model.ECDSAP256, model.Ed25519}
}

// Lapses keeps what the wrapped dialect says of its clients.
func (manyForms) Lapses() {}

// crowdedSource has that repository, and as many root keys here.
func crowdedSource(t *testing.T) *tuitest.GuideBackend {
	t.Helper()
	source, repo := tuitest.NewGuideBackend(), crowdedRepo()
	source.Root, source.Rollback = tuitest.RootDispute(), tuitest.RollbackDispute()
	source.Known.Dialect = manyForms{source.Known.Dialect}
	source.Repositories = map[string]*model.Repository{crowded: repo.Read()}
	source.Leftovers = map[string]map[model.RoleName][]byte{crowded: repo.Leftovers()}
	source.Staged = map[string]*admin.Staged{crowded: tuitest.StagedTags(crowded, docker.Releases)}
	source.Known.Keys = nil
	for role, keys := range repo.Keys {
		for _, k := range keys {
			if role == model.RoleRoot || role == model.RoleTargets {
				source.Known.Keys = append(source.Known.Keys, model.PrivateKey{ID: notary.CanonicalID(k.PublicKey), Label: notary.Base(role), Encrypted: true})
			}
		}
	}
	for i := range crowd {
		for _, label := range []model.RoleName{model.RoleRoot, model.RoleTargets} {
			id := tuitest.Key(fmt.Sprintf("%s %d", label, i))
			source.Known.Keys = append(source.Known.Keys, model.PrivateKey{ID: id, Label: string(label), Encrypted: true})
		}
		source.Known.Names = append(source.Known.Names, fmt.Sprintf("registry.example.org/team/app-%02d", i))
	}
	spki, err := x509.MarshalPKIXPublicKey(notarytest.NewKey().Private.Public())
	if err != nil {
		t.Fatal(err)
	}
	source.Listing.Unlisted = &model.Fault{Kind: model.FaultUnauthorized, Text: "the catalogue is for administrators"}
	for _, name := range source.Known.Names {
		source.Listing.Repositories = append(source.Listing.Repositories, model.GUN(name))
	}
	source.Files = map[string][]byte{"bob.pub": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}), tuitest.CustomFile: []byte("{}")}
	source.Served = map[string]model.Manifest{crowded + ":v1": tuitest.Image("ab"), crowded + ":v9": tuitest.Image("cd")}
	return source
}

// crowdedBackups is a machine with as many keys, all of which conflict with a backup.
func crowdedBackups() *tuitest.BackupBackend {
	source := tuitest.NewBackupBackend()
	for i := range crowd {
		id := tuitest.Key(fmt.Sprintf("root %d", i))
		source.Known.Keys = append(source.Known.Keys, model.PrivateKey{ID: id, Label: "root", Encrypted: true, Exposed: true})
		source.Compared.Items = append(source.Compared.Items, backup.RestoreItem{
			Path: "private/" + string(id) + ".key", State: backup.RestoreConflicting, Key: &backup.Key{ID: id, Label: "root"},
		})
	}
	return source
}

// twoFolders is a machine that keeps keys in two folders.
func twoFolders() *tuitest.KeyBackend {
	source := tuitest.NewKeyBackend()
	source.Known.Places = []flow.KeyPlace{
		{Value: flows.TrustFolder, Label: "The trust folder", Folder: "/trust", Dialect: source.Known.Dialect, InUse: true},
		{Value: flows.OwnFolder, Label: "trustdeck's key folder", Folder: "/own", Dialect: manyForms{source.Known.Dialect}, InUse: true},
	}
	return source
}

// On every page of every flow, at every size and wherever the cursor is, what is wrong
// is in sight with the way out, and so is what enter does.
func TestProblemsAreInSight(t *testing.T) {
	if testing.Short() {
		t.Skip("it walks to every page of every flow")
	}
	// What several flows ask must be met in one of them. "from" is asked only where several
	// roles delegate to one, and "threshold" of a new delegation only for several keys. Only a
	// command line names a token for its key.
	met := map[string]bool{"from": true, "threshold": true, "by-token": true}
	// Of the questions of ceremonies, some are asked only about tokens, of keys that have signed no root,
	// and where so many keys leave that those who stay can't sign; others only a command line answers.
	for _, id := range []string{"serial", "known-root", "at-once", "roots", "transcript", "key", "pinned-digest"} {
		met[id] = true
	}
	for _, f := range flows.All(flows.Ports{}) {
		t.Run(f.ID, func(t *testing.T) {
			random := rand.New(rand.NewPCG(5, 6))
			seen := map[string]bool{}
			unseen := func(s flow.Step) bool { return !seen[s.ID] && !met[s.ID] }
			for i := 0; i < fewWalks || i < walks && slices.ContainsFunc(f.Steps, unseen); i++ {
				source, backups := crowdedSource(t), crowdedBackups()
				if i%2 == 0 {
					backups.Encryption = backup.WithRecipients
				}
				ports := flows.Ports{Backend: source, Backups: backups, Keys: twoFolders(), Connections: &tuitest.Connections{}, Tokens: tuitest.NewTokenBackend()}
				if strings.HasPrefix(f.ID, "ceremony-") { // it signs several files
					ports.Ceremonies = tuitest.NewCeremonyBackend()
				}
				w := walk(t, source, func(env *screen.Env) *guide.Screen {
					env.Flows = flows.All(ports)
					return guide.New(env, nav.Flow(f.ID, nil))
				})
				for range 20 {
					w.pump.Until("a page of its own", func() bool { return !w.Busy() }, w.View)
					if w.State() != flow.Asking {
						break
					}
					w.inSight(seen)
					w.replies(random)
				}
			}
			for _, step := range f.Steps {
				if unseen(step) {
					t.Errorf("no walk has come to %q", step.Question)
				}
				met[step.ID] = met[step.ID] || seen[step.ID]
			}
		})
	}
}

// inSight provokes a problem at several places of the page that is shown.
func (w *walker) inSight(seen map[string]bool) {
	w.t.Helper()
	step := w.Walked().Step()
	if seen[step.ID] {
		return
	}
	seen[step.ID] = true
	fault := &model.Fault{Kind: model.FaultUsage, Subject: "the answer", Text: "it cannot be what is wanted here", Hint: "Choose another one, or go back and begin again."}
	moves := [][]keymap.ID{{keymap.Top}, {keymap.Bottom}, {keymap.Top, keymap.Down, keymap.Down, keymap.Down}}
	if !step.Kind.Picked() {
		moves = [][]keymap.ID{{keymap.Top}}
	}
	for _, size := range tuitest.Sizes()[:3] {
		w.resize(size.Width, size.Height)
		for _, move := range moves {
			w.do(move...)
			w.Refuse(fault)
			w.shows(step, size, "the answer: it cannot be what is wanted here.", fault.Hint)
			w.do(keymap.Down, keymap.Up)
			if !step.Kind.Picked() {
				w.write("x")
				w.key(tea.KeyPressMsg{Code: tea.KeyBackspace})
			}
			if strings.Contains(w.flat(), fault.Hint) {
				w.t.Errorf("%s: what was wrong stays after a key:\n%s", size, w.view())
			}
		}
		w.nothing(step, size)
	}
	w.resize(80, 24)
}

// nothing takes an answer away and presses enter, where one is needed.
func (w *walker) nothing(step *flow.Step, size tuitest.Size) {
	w.t.Helper()
	if !step.Kind.Lines() || step.Optional || len(w.Walked().Suggested()) > 0 {
		return
	}
	w.do(keymap.FlowNext)
	w.shows(step, size, text.Sentence(flow.Needed(step.Kind).Error()))
}

// shows checks that words are in sight, however they are wrapped.
func (w *walker) shows(step *flow.Step, size tuitest.Size, words ...string) {
	w.t.Helper()
	for _, want := range words {
		if !strings.Contains(strings.ToLower(w.flat()), strings.ToLower(want)) {
			w.t.Errorf("%s, %q: %q is not in sight:\n%s", step.ID, size, want, w.view())
		}
	}
}

// flat is the view as one line of words.
func (w *walker) flat() string {
	plain := strings.NewReplacer("│", " ", "✗", " ").Replace(ansi.Strip(w.view()))
	return strings.Join(strings.Fields(plain), " ")
}

// replies answers the open question in one of the ways that lead on.
func (w *walker) replies(random *rand.Rand) {
	w.t.Helper()
	step := w.Walked().Step()
	options := w.Walked().Options()
	if step.Kind.Picked() {
		if len(options) == 0 {
			return
		}
		from, on := keymap.Top, keymap.Down
		if random.IntN(2) == 0 {
			from, on = keymap.Bottom, keymap.Up
		}
		w.do(from)
		for range random.IntN(4) {
			w.do(on)
		}
		if step.Kind == flow.Several && (len(w.Walked().Suggested()) == 0 || random.IntN(2) == 0) {
			w.do(keymap.Mark)
		}
		if step.Kind == flow.Several && random.IntN(2) == 0 {
			w.do(keymap.Top, keymap.Mark)
		}
		w.do(keymap.FlowNext)
		return
	}
	w.key(tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl})
	answers := map[flow.Kind][]string{
		flow.Text: {"1", "2", "bob", backupPath}, flow.File: {"bob.pub", ""}, flow.List: {crowded, "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"},
		flow.Repositories: {crowded, crowded, crowded, "registry.example.org/new"},
	}[step.Kind]
	if own := tuitest.SigningAnswers(step, "bob.pub"); own != nil {
		answers = own
	}
	if w.Walked().Flow().ID == "delegation-add" && step.Kind == flow.Text {
		answers = append(answers, "targets/qa")
	}
	if w.Walked().Flow().ID == "connect" {
		answers = []string{tuitest.OpenServer, tuitest.PrivateServer, tuitest.ClosedServer, tuitest.CAFile, "anew"}
	}
	if strings.HasPrefix(w.Walked().Flow().ID, "key-") && step.Kind == flow.List {
		answers = []string{tuitest.BareKeyFile, tuitest.TargetsKeyFile}
	}
	switch step.ID {
	case flows.SourceFile:
		answers = []string{tuitest.OneKeyFile, tuitest.SealedFile}
	case "source-identity":
		answers = []string{tuitest.OpeningFile}
	case "destroy":
		answers = []string{"9a", "9c"}
	case flows.CeremonyFile:
		answers = []string{tuitest.CeremonyFile}
	case flows.CeremonyCopies:
		answers = []string{tuitest.CeremonyCopy, ""}
	case flows.CeremonyAnswer, flows.CeremonyPlan, "add", "people", "person":
		answers = []string{""}
	case flows.CeremonyGUN:
		answers = []string{crowded}
	case "date-opens", "date-target", "date-last-safe", "date-expires":
		answers = []string{"2026-11-30"}
	}
	if step.ID == "repositories" && w.Walked().Flow().ID == "reset" {
		answers = []string{crowded}
	}
	if words := answers[random.IntN(len(answers))]; words != "" {
		w.write(words)
		if step.Several() {
			w.do(keymap.FlowNext)
		}
	}
	w.do(keymap.FlowNext)
}
