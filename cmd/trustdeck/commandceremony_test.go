package main

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trustdeck/model/bundle"
	"trustdeck/model/report"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/plain"
)

// The files that the commands of a ceremony write, and the digits of the keys that the practice world has.
const (
	danRequest = "dan.request"
	eveRequest = "~/it's eve.request"
	renewal    = "renew.ceremony"
	cleoCopy   = "~/it's cleo's.ceremony"
	succession = "-next.ceremony"
	adaLines   = "it's ada's.txt"

	adaKey, cleoKey = "3bb32032", "eafa1b82"
)

// A procedure is a typist in a ceremony. The clock stands still: so what is prepared twice is the same.
type procedure struct {
	*typist
	// dan and eve are the IDs of keys that join.
	dan, eve string
}

func newProcedure(t *testing.T) *procedure {
	t.Helper()
	w, now := &procedure{typist: newTypist(t)}, time.Now().UTC().Truncate(time.Second)
	w.now = func() time.Time { return now }
	w.dan, w.eve = w.newKey("dan"), w.newKey("eve")
	return w
}

func (w *procedure) newKey(name string) string {
	w.t.Helper()
	var made report.KeyGenerated
	if err := json.Unmarshal([]byte(w.ran("key", "generate", "--yes", "--folder", "own", "--public", name+".pub", "-o", "json", "root").stdout), &made); err != nil {
		w.t.Fatal(err)
	}
	return made.ID
}

// ran runs a command line that must succeed.
func (w *procedure) ran(args ...string) outcome {
	w.t.Helper()
	got := w.run(args...)
	if got.code != 0 {
		w.t.Fatalf("%q ends with %d: %s", args, got.code, got.stderr)
	}
	return got
}

// answered gives answers to a flow, and takes the usual ones for the rest.
func (w *procedure) answered(id string, given map[string][]string) *flow.Machine {
	w.t.Helper()
	m := w.walkWith(w.all().Find(id), given, func(*flow.Machine) string { return "" })
	if m == nil {
		w.t.Fatalf("%s comes to nothing with %q", id, given)
	}
	return m
}

// at is a file that was typed.
func (w *procedure) at(typed string) string {
	if rest, ok := strings.CutPrefix(typed, "~/"); ok {
		return filepath.Join(w.dir, rest)
	}
	return typed
}

// content is that of a file; nil where there is none.
func (w *procedure) content(typed string) []byte {
	w.t.Helper()
	text, err := os.ReadFile(w.at(typed))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.t.Fatal(err)
	}
	return text
}

// put writes a file as it was, or removes it.
func (w *procedure) put(typed string, text []byte) {
	w.t.Helper()
	var err error
	if text == nil {
		err = os.Remove(w.at(typed))
	} else {
		err = os.WriteFile(w.at(typed), text, 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// written is what is in a file of a ceremony or of a request, without what is random in it.
func (w *procedure) written(typed string) string {
	w.t.Helper()
	text := w.content(typed)
	if r, err := bundle.DecodeRequest(text); err == nil {
		if r.Signature = nil; r.Rehearsal {
			r.Public = "" // the key was made for it
		}
		return string(r.Encode())
	}
	b, err := bundle.Decode(text)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range b.Signatures {
		b.Signatures[i].Sig = nil
	}
	signatures, err := json.Marshal(b.Signatures)
	if err != nil {
		w.t.Fatal(err)
	}
	return b.Digest().String() + string(signatures)
}

// compare runs the command line for answers, and then does what they come to on a file as it was before.
// Both write the same. It returns what the command said.
func (w *procedure) compare(id, file string, given map[string][]string) outcome {
	w.t.Helper()
	before, m := w.content(file), w.answered(id, given)
	defer m.Release()
	line := m.CommandLine()
	words := w.words(line)
	parsed(w.t, words)
	got := w.ran(words...)
	if m.State() == flow.Reviewing {
		w.reviewed(m, words, got)
	}
	byCommand := w.written(file)
	w.put(file, before)
	p := plain.NewPrompter(strings.NewReader(""), io.Discard, false)
	if err := p.Execute(w.t.Context(), w.app().secrets(true), m); err != nil {
		w.t.Fatalf("%s: %v", line, err)
	}
	if byAnswers := w.written(file); byCommand != byAnswers {
		w.t.Errorf("%s\nwrites\n%s\nand the answers come to\n%s", line, byCommand, byAnswers)
	}
	w.t.Log(line)
	return got
}

// The command lines of ceremonies write what the answers come to: the same requests, the same ceremonies,
// and the signatures of the same keys.
func TestCommandLinesOfCeremonies(t *testing.T) {
	long(t)
	w := newProcedure(t)
	w.requests()
	w.starts()
	w.signatures()
	w.merges()
	w.publishes()
}

func (w *procedure) requests() {
	request := func(to string, given map[string][]string) {
		w.t.Helper()
		given[flows.CeremonyRequest] = []string{to}
		w.compare("ceremony-request", to, given)
	}
	request(danRequest, map[string][]string{flows.CeremonyGUN: {"charter"}, "name": {"Dan"}, "key": {w.dan}})
	request(eveRequest, map[string][]string{flows.CeremonyGUN: {"charter"}, "name": {"it's Eve"}, "key": {w.eve}})
	request("finn.request", map[string][]string{flows.CeremonyGUN: {"charter"}, "name": {"Finn"}, "role": {"targets"}, flows.CeremonyReal: {flows.Rehearsal}, "key": {"new"}})
}

func (w *procedure) starts() {
	w.ran("renew", "-f", "plan.json", "charter", "root")
	for to, given := range map[string]map[string][]string{
		renewal:            {"repositories": {"charter"}},
		"plan.ceremony":    {flows.CeremonyPlan: {"plan.json"}, "title": {"It's due"}},
		"finn's.ceremony":  {"repositories": {"charter"}, flows.CeremonyReal: {flows.Rehearsal}, "threshold": {"1"}},
		"at once.ceremony": {"repositories": {"charter"}, "add": {danRequest, eveRequest}, "remove": {adaKey, cleoKey}, flows.CeremonySplit: {flows.AtOnce}, "threshold": {"1"}},
	} {
		given["to"] = []string{to}
		w.compare("ceremony-start", to, given)
	}
	w.compare("ceremony-start", succession, map[string][]string{
		"repositories": {"charter"}, "people": {renewal}, "add": {danRequest}, "remove": {cleoKey}, "to": {succession},
		"date-opens": {w.now().Format(time.DateOnly)}, "date-expires": {w.now().AddDate(0, 2, 0).Format(time.DateOnly)},
	})
}

func (w *procedure) signatures() {
	sign := func(file, key string, given map[string][]string) outcome {
		w.t.Helper()
		given[flows.CeremonyFile], given["key"], given["time"] = []string{file}, []string{key}, []string{w.now().Format(time.RFC3339)}
		return w.compare("ceremony-sign", file, given)
	}
	w.put(cleoCopy, w.content(renewal))
	shown := report.Ceremony{}
	if err := json.Unmarshal([]byte(w.ran("ceremony", "show", "-o", "json", renewal).stdout), &shown); err != nil {
		w.t.Fatal(err)
	}
	answer := sign(renewal, adaKey, map[string][]string{flows.CeremonyBack: {flows.CeremonyAsText}, "transcript": {"~/it's ada's.transcript"}})
	w.put(adaLines, []byte(answer.stdout))
	sign(cleoCopy, cleoKey, map[string][]string{"pinned-digest": {shown.Digest}})
	sign(succession, w.dan, map[string][]string{"known-root": {shown.Roots[0].SHA256}})
}

func (w *procedure) merges() {
	w.compare("ceremony-merge", renewal, map[string][]string{flows.CeremonyFile: {renewal}, flows.CeremonyCopies: {cleoCopy}})
	w.compare("ceremony-merge", renewal, map[string][]string{flows.CeremonyFile: {renewal}, flows.CeremonyAnswer: {adaLines}})
	typed := strings.Split(strings.TrimSpace(string(w.content(adaLines))), "\n")
	m := w.answered("ceremony-merge", map[string][]string{flows.CeremonyFile: {renewal}, flows.CeremonyLines: typed})
	defer m.Release()
	if line := m.CommandLine(); line != "" {
		w.t.Errorf("who types lines is told: %s", line)
	}
}

func (w *procedure) publishes() {
	given := map[string][]string{flows.CeremonyFile: {renewal}}
	m := w.answered("ceremony-publish", given)
	words := w.words(m.CommandLine())
	parsed(w.t, words)
	w.reviewed(m, words, w.ran(words...))
	m.Release()
	if m = w.answered("ceremony-publish", given); !m.Idle() {
		w.t.Errorf("%q has not published it", words)
	}
	m.Release()
}
