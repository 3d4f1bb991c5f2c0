package plain_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/nav"
	"trustdeck/tui/plain"
	"trustdeck/tui/tuitest"
)

// asking asks a Prompter for every passphrase.
type asking struct{ p *plain.Prompter }

func (a asking) Ask(ctx context.Context, ask port.SecretAsk) ([]byte, error) {
	return a.p.Passphrase(ctx, ask)
}

const lived = "registry.example.org/acme/app"

// workshop is a source with a repository that has trust data, and its keys.
func workshop(t *testing.T) *tuitest.GuideBackend {
	t.Helper()
	source := tuitest.NewGuideBackend()
	repo, alice := notarytest.New(lived, tuitest.Now), notarytest.NewKey()
	repo.Delegate(docker.Releases, 1, []string{""}, alice)
	repo.Delegate("targets/alice", 1, []string{""}, alice)
	repo.Delegate("targets/bob", 1, []string{""}, notarytest.NewKey())
	repo.Tag(docker.Releases, "v1", "x")
	repo.Tag("targets/bob", "v2", "x")
	repo.Seal("targets/bob")
	repo.Drop("targets/bob", false) // bob was removed, and the server has what he signed
	repo.Seal(model.RoleTargets, docker.Releases, "targets/alice")
	source.Repositories = map[string]*model.Repository{lived: repo.Read()}
	source.Leftovers = map[string]map[model.RoleName][]byte{lived: repo.Leftovers()}
	source.Staged = map[string]*admin.Staged{lived: tuitest.StagedTags(lived, docker.Releases)}
	for role, keys := range repo.Keys {
		if role == model.RoleRoot || role == model.RoleTargets || role == "targets/alice" {
			source.Known.Keys = append(source.Known.Keys, model.PrivateKey{ID: notary.CanonicalID(keys[0].PublicKey), Label: notary.Base(role), Place: "file", Encrypted: true})
		}
	}
	spki, err := x509.MarshalPKIXPublicKey(notarytest.NewKey().Private.Public())
	if err != nil {
		t.Fatal(err)
	}
	source.Files = map[string][]byte{"bob.pub": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}), tuitest.CustomFile: []byte("{}")}
	source.Served = map[string]model.Manifest{lived + ":v1": tuitest.Image("ab"), lived + ":v9": tuitest.Image("cd")}
	return source
}

// talkOf plays lines to a place where changes can be made.
func talkOf(t *testing.T, source flows.Backend, start nav.Route, typed ...string) string {
	t.Helper()
	o := options(tuitest.NewSource(), start)
	o.Flows = flows.All(flows.Ports{Backend: source})
	said, _ := play(t, o, typed...)
	return said
}

// A change begins from a page, is asked for, shown and decided, and leads back to the
// page. Each row is a transcript.
func TestChangesFromPages(t *testing.T) {
	const secret = "several unrelated words"
	for name, row := range map[string]struct {
		typed    []string
		executed int
		says     []string
	}{
		"init": {[]string{
			"init", "registry.example.org/new", "", "4", "2", "99", "2", "1", "yes", "short", secret, "other", secret, secret, secret, secret, secret, secret, "q",
		}, 1, []string{"Too short; use at least 8 characters.", "The passphrases don't match. Try again.", "trustdeck read it back as a new client"}},
		"declined":         {[]string{"init", "registry.example.org/new", "", "4", "1", "1", "", "q"}, 0, []string{"Nothing was changed: you did not accept the plan."}},
		"a word too much":  {[]string{"init", "registry.example.org/new", "", "4", "1", "1", "yes please", "q"}, 0, []string{"Nothing was changed: you did not accept the plan."}},
		"back to the page": {[]string{"init", "b", "q"}, 0, []string{"Nothing was changed: you went back from the first question."}},
		"wrong answers":    {[]string{"init", "Not A Name", "", "", "b", "q"}, 0, []string{"Type the name of a repository."}},
		"wrong passphrase": {[]string{
			"init", "registry.example.org/new", "", "1", "", "1", "yes", "guesswork", tuitest.Passphrase, secret, secret, "q",
		}, 1, []string{"wrong passphrase"}},
		"the name is typed": {[]string{"go flow/rotate?repositories=" + lived + "&role=targets", "1", "1", lived, secret, secret, tuitest.Passphrase, "q"}, 1, []string{"Type " + lived + ", the repository's name, to apply the plan:"}},
		"yes is no name":    {[]string{"go flow/rotate?repositories=" + lived + "&role=targets", "1", "1", "yes", "q"}, 0, []string{"Nothing was changed: you did not accept the plan."}},
		"no such change":    {[]string{"go flow/nothing", "q"}, 0, []string{`There is no change "nothing"; type flows to list them.`}},
		"chosen from all":   {[]string{"flows", "1", "b", "q"}, 0, []string{"1. Initialise a repository, or type go flow/init", "Which repositories do you want to initialise?"}},
		"of a row":          {[]string{"rotate 5", "b", "q"}, 0, []string{"base/alpine: there is no trust data"}},
		"marks": {[]string{"mark 5-6", "mark 5", "mark 2-99", "mark all", "mark none", "mark 5,6", "witness", "b", "b", "q"}, 0, []string{
			"2 rows marked.", "1 row marked.", "Type mark and numbers from 1 to 10", "10 rows marked.", "0 rows marked.", "Witness roles", "base/alpine: there is no trust data",
		}},
		"more words": {[]string{"renew all", "b", "b", "q"}, 0, []string{"Within how many days do the roles expire?"}},
		"of no row":  {[]string{"rotate x", "rotate 99", "q"}, 0, []string{"Type rotate alone, or with a row number, as in: rotate 2", "Choose a number from 1 to 10."}},
		"saved": {[]string{"init", "registry.example.org/new", "", "4", "1", "1", "save plan.json", "save plan.json", "no", "q"}, 0, []string{
			"The plan is in plan.json. Nothing was changed.", "plan.json: the plan cannot be written: file exists. Give a path that is not taken.", "Nothing was changed: you did not accept the plan.",
		}},
		"help on a question": {[]string{"init", "?", "b", "q"}, 0, []string{"WITHOUT AN ANSWER", "There is no default: this question needs an answer.", "EXAMPLE", "registry.example.org/team/app"}},
		"the input ends":     {[]string{"init", "registry.example.org/new"}, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			source := workshop(t)
			said := talkOf(t, source, nav.Route{}, row.typed...)
			n, given := source.Executed()
			if n != row.executed {
				t.Errorf("%d executions, want %d:\n%s", n, row.executed, said)
			}
			for _, want := range row.says {
				if !strings.Contains(said, want) {
					t.Errorf("it never says %q in\n%s", want, said)
				}
			}
			for _, passphrase := range given {
				if strings.Contains(said, passphrase) {
					t.Errorf("it says the passphrase %q:\n%s", passphrase, said)
				}
			}
		})
	}
	said := talkOf(t, nil, nav.Flow("init", nil), "q")
	if !strings.Contains(said, "Nothing can be changed here") {
		t.Errorf("without a source it says\n%s", said)
	}
	tuitest.Golden(t, "change-init", talkOf(t, tuitest.NewGuideBackend(), nav.Route{}, "init", "registry.example.org/new", "", "3", "1", "1", "yes", secret, secret, secret, secret, "q"), false)
}

// What is wrong is the last thing that is said before the next prompt, however many
// options there are.
func TestProblemBeforeThePrompt(t *testing.T) {
	source := workshop(t)
	for i := range 40 {
		source.Known.Keys = append(source.Known.Keys, model.PrivateKey{ID: tuitest.Key("root " + strconv.Itoa(i)), Label: "root"})
	}
	said := talkOf(t, source, nav.Flow("init", nil), "registry.example.org/new", "", "zoe", "b", "b", "q")
	before, _, ok := strings.Cut(said, `"zoe" is not one of the choices`)
	if !ok || !strings.Contains(before, "41. ") && !strings.Contains(before, "42. ") {
		t.Fatalf("it never says what is wrong:\n%s", said)
	}
	_, after, _ := strings.Cut(said, `"zoe" is not one of the choices`)
	if problem, _, _ := strings.Cut(after, ">"); strings.Count(problem, "\n") > 2 {
		t.Errorf("between what is wrong and the prompt stands:\n%s", problem)
	}
}

// Of many choices, several are chosen by numbers, ranges and a filter.
func TestManyChoices(t *testing.T) {
	for name, row := range map[string]struct {
		typed []string
		says  []string
		miss  string
	}{
		"a range that ends nowhere": {[]string{"1-9", "", "b", "q"}, []string{"There is no number 1-9 here."}, ""},
		"numbers":                   {[]string{"1-2,4", "", "no", "q"}, []string{"Type numbers, such as 1-3,5, or all.", "root: version 2 (was 1)", "targets: version 3 (was 2)", "targets/alice: version 2 (was 1)"}, "releases: version"},
		"a filter":                  {[]string{"f alice", "all", "", "no", "q"}, []string{"choices; type f alone to show all again.", "targets/alice: version 2 (was 1)"}, "releases: version"},
		"a filter of nothing":       {[]string{"f zoe", "f", "b", "q"}, []string{"No choice matches zoe; type f alone to show all again."}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			desk := workshop(t)
			said := talkOf(t, desk, nav.Flow("renew", map[string][]string{"repositories": {lived}}), row.typed...)
			for _, words := range row.says {
				if !strings.Contains(said, words) {
					t.Errorf("it never says %q:\n%s", words, said)
				}
			}
			if row.miss != "" && strings.Contains(said, row.miss) {
				t.Errorf("it says %q:\n%s", row.miss, said)
			}
		})
	}
}

// Who gives an answer is a user who does not know better; what is taken is what the
// machine would take.
func TestSameAnswersSamePlan(t *testing.T) {
	cases := 60
	if testing.Short() {
		cases = 12
	}
	random := rand.New(rand.NewPCG(3, 4))
	for _, f := range flows.Changes(nil) {
		t.Run(f.ID, func(t *testing.T) {
			compared := 0
			for range cases {
				source := workshop(t)
				want, typed := byMachine(t, source, f.ID, random)
				if want == nil {
					continue
				}
				compared++
				if got := byLines(t, source, f.ID, typed); got == nil || got.Digest() != want.Digest() {
					t.Fatalf("%q make another plan on lines than in the machine", typed)
				}
			}
			t.Logf("%d of %d walks came to a plan, the same on lines", compared, cases)
			// No file here waits for signatures, and none lists keys in an earlier form.
			if barren := f.ID == "countersign" || f.ID == "restate"; barren && compared > 0 || !barren && compared < cases/4 {
				t.Errorf("only %d of %d walks came to a plan", compared, cases)
			}
		})
	}
}

// byMachine walks through a flow by itself, and returns the plan with the lines that
// somebody would have typed for it.
func byMachine(t *testing.T, source flows.Backend, id string, random *rand.Rand) (*plan.Plan, []string) {
	t.Helper()
	facts, err := source.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var typed []string
	m, effect := flow.New(flows.All(flows.Ports{Backend: source}).Find(id), facts, flow.Answers{})
	for range 40 {
		plain.Settle(t.Context(), nil, m, effect)
		if m.State() != flow.Asking {
			return flows.PlanOf(m.Outcome()), typed
		}
		step := m.Step()
		answer := map[flow.Kind][]string{
			flow.Text: {"1", "2", "bob", ""}, flow.File: {"bob.pub", "", "none.pub"},
			flow.Repositories: {lived, "registry.example.org/new", lived + "\nregistry.example.org/new"},
		}[step.Kind]
		if id == "delegation-add" && step.Kind == flow.Text {
			answer = append(answer, "targets/qa")
		}
		if own := tuitest.SigningAnswers(step, "bob.pub"); own != nil {
			answer = own
		}
		for _, o := range m.Options() {
			answer = append(answer, o.Value)
			if name, key, ok := strings.Cut(o.Value, "@"); ok {
				answer = append(answer, name, key[:12], name+"@"+key[:12])
			}
		}
		if len(answer) == 0 {
			return nil, nil // nothing can be chosen
		}
		line := answer[random.IntN(len(answer))]
		if !step.Several() { // no one can type more
			line, _, _ = strings.Cut(line, "\n")
		}
		typed = append(typed, strings.Split(line, "\n")...)
		if step.Several() && line != "" {
			typed = append(typed, "")
		}
		effect = m.Answer(line)
	}
	return nil, nil
}

// byLines types the lines to a Prompter.
func byLines(t *testing.T, source flows.Backend, id string, typed []string) *plan.Plan {
	t.Helper()
	facts, err := source.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := plain.NewPrompter(strings.NewReader(strings.Join(typed, "\n")+"\n"), io.Discard, false)
	m, effect := flow.New(flows.All(flows.Ports{Backend: source}).Find(id), facts, flow.Answers{})
	for {
		plain.Settle(t.Context(), nil, m, effect)
		if m.State() != flow.Asking {
			return flows.PlanOf(m.Outcome())
		}
		if effect, err = p.Ask(t.Context(), m); err != nil {
			t.Fatalf("%q: %v", typed, err)
		}
	}
}

// What a terminal has sent before a question could be read does not answer it, and what
// a file holds does.
func TestTypedAheadDecidesNothing(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		p := plain.NewPrompter(strings.NewReader("yes\nyes\n"), io.Discard, terminal)
		agreed, err := p.Accepted(t.Context(), flow.Review{}, flow.Challenge{Word: "yes"}, "to go on")
		if err != nil || agreed == terminal {
			t.Errorf("a terminal: %v; accepted: %v, %v", terminal, agreed, err)
		}
	}
}

// A secret is read as it was typed, and only while the terminal is silent.
func TestHidden(t *testing.T) {
	var out bytes.Buffer
	p := plain.NewPrompter(strings.NewReader(" with spaces \r\n"), &out, true)
	var silent []bool
	p.Hide = func() (func(), error) {
		silent = append(silent, true)
		return func() { silent = append(silent, false) }, nil
	}
	secret, err := p.Hidden(t.Context(), "Passphrase:")
	if err != nil || string(secret) != " with spaces " || len(silent) != 2 || silent[1] {
		t.Errorf("%q, %v; silent: %v", secret, err, silent)
	}
	if out.String() != "Passphrase: \n" {
		t.Errorf("it says %q", out.String())
	}
}

// Who says something and asks nothing leaves the input to whatever comes after: a loop
// of a shell, for one.
func TestNothingIsReadUnasked(t *testing.T) {
	in := &untouched{}
	p := plain.NewPrompter(in, io.Discard, false)
	p.Say("a review")
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	if in.read.Load() {
		t.Error("the input was read")
	}
	if _, err := p.Line(t.Context(), "A question?"); !errors.Is(err, plain.ErrEnd) || !in.read.Load() {
		t.Errorf("asked, it reads: %v; %v", in.read.Load(), err)
	}
}

type untouched struct{ read atomic.Bool }

func (u *untouched) Read([]byte) (int, error) {
	u.read.Store(true)
	return 0, io.EOF
}
