package main

import (
	"context"
	"fmt"
	"slices"

	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	changing "trustdeck/model/admin/change"
	"trustdeck/model/bundle"
	"trustdeck/model/port"
	"trustdeck/model/report"
	"trustdeck/model/transcript"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// ceremonyBackend is what the flows of ceremonies are given of a session.
type ceremonyBackend struct {
	*ceremony.Service
	// publishing prepares plans; nil where nothing can be changed, and that is not needed to sign.
	publishing *changing.Service
	app        *app
	session    *session
	noted
}

var _ flows.Ceremonies = (*ceremonyBackend)(nil)

func (a *app) ceremonyBackend(s *session) *ceremonyBackend {
	return &ceremonyBackend{Service: a.ceremoniesOf(s), app: a, session: s, noted: noted{by: a}}
}

// ceremonyFlows returns what the flows of ceremonies need; nil where the session shows an archive, or
// another time than now.
func (a *app) ceremonyFlows(s *session) flows.Ceremonies {
	if s.Settings.Archive != "" || !s.Settings.At.IsZero() {
		return nil
	}
	out := a.ceremonyBackend(s)
	if service, err := a.writable(s); err == nil {
		out.publishing = service
	}
	return out
}

// Facts are what is known without a key or a server: to read the keys may be to read a token.
func (d *ceremonyBackend) Facts(ctx context.Context) (flow.Facts, error) {
	facts := flow.Facts{
		Dialect: d.session.DialectOf(""), Of: d.session.DialectOf, Practice: d.session.Practice(), Program: d.app.program(d.session), Now: d.app.now(),
	}
	for _, l := range d.session.Known(ctx) {
		facts.Names = append(facts.Names, string(l.GUN))
	}
	return facts, nil
}

// PrivateKeys are those of this machine, as far as they can be read. The error says why there is none.
func (d *ceremonyBackend) PrivateKeys(ctx context.Context) ([]model.PrivateKey, error) {
	keys, err := d.Keys.Keys(port.OneReading(ctx))
	if len(keys) > 0 { // what can't be read is missed where it is needed
		err = nil
	}
	return keys, err
}

// Variable looks into the environment for a passphrase.
func (d *ceremonyBackend) Variable(ask port.SecretAsk) (value []byte, name string) {
	return d.app.variable(ask)
}

func (d *ceremonyBackend) path(typed string) string { return d.app.world.Path(typed) }

func (d *ceremonyBackend) paths(typed []string) []string {
	var out []string
	for _, path := range typed {
		out = append(out, d.path(path))
	}
	return out
}

// Open verifies the file of a ceremony.
func (d *ceremonyBackend) Open(path string) (*ceremony.File, error) {
	return d.Service.Open(d.path(path))
}

// CheckNew says why no file can be written to a path.
func (d *ceremonyBackend) CheckNew(path string) error {
	return d.session.KeyFiles().Files.CheckNew(d.path(path))
}

// Sign has a key sign, and remembers the answer about it.
func (d *ceremonyBackend) Sign(ctx context.Context, w ceremony.Signing, run ceremony.Run) (*ceremony.File, error) {
	if w.Transcript != "" {
		w.Transcript = d.path(w.Transcript)
	}
	signed, err := d.Service.Sign(ctx, w, run)
	if signed == nil {
		return nil, err
	}
	told := report.NewCeremony(signed, d.app.now())
	told.On(d.Machine())
	for _, s := range signed.Bundle().Signatures {
		if slices.ContainsFunc(w.Key.Tasks, func(t bundle.Task) bool { return t.Role == s.Role && t.Key.ID == s.KeyID }) {
			told.Added = append(told.Added, report.CeremonySignature{Role: string(s.Role), Key: string(s.KeyID)})
		}
	}
	if w.Apart {
		answer, wrong := signed.Answer(w.Key.IDs...)
		if wrong != nil {
			return nil, wrong
		}
		told.Lines, told.Codes = answer.Lines, answer.Codes
	}
	d.noteWith(told, func() error {
		if d.app.interactive { // the report has shown them
			return nil
		}
		for _, line := range told.Lines {
			if _, err := fmt.Fprintln(d.app.out, line); err != nil {
				return err
			}
		}
		return nil
	})
	return signed, err
}

// Merge brings the signatures of copies into a file, and remembers the answer about it.
func (d *ceremonyBackend) Merge(path string, copies []string) (*ceremony.Merged, error) {
	return d.merged(d.Service.Merge(d.path(path), d.paths(copies)...))
}

// MergeAnswer brings those of an answer into a file, and remembers the answer about it.
func (d *ceremonyBackend) MergeAnswer(path, text string) (*ceremony.Merged, error) {
	return d.merged(d.Service.MergeAnswer(d.path(path), text))
}

func (d *ceremonyBackend) merged(out *ceremony.Merged, err error) (*ceremony.Merged, error) {
	if out != nil {
		told := report.NewCeremony(out.File, d.app.now())
		told.Add(out.New)
		d.note(told)
	}
	return out, err
}

// maxAnswerFile is the most bytes of a file with an answer.
const maxAnswerFile = 64 << 10

// ReadAnswer reads the file of an answer.
func (d *ceremonyBackend) ReadAnswer(path string) (string, error) {
	content, err := d.Files.Read(d.path(path), maxAnswerFile)
	return string(content), err
}

// Request writes a request, and remembers the answer about it.
func (d *ceremonyBackend) Request(ctx context.Context, w ceremony.Requesting, run ceremony.Run) (*ceremony.Requested, error) {
	w.To = d.path(w.To)
	made, err := d.Service.Request(ctx, w, run)
	if made != nil {
		d.note(report.NewCeremonyRequest(w.To, made))
	}
	return made, err
}

// ReadPlan reads a saved plan about one repository, if it still comes to the same.
func (d *ceremonyBackend) ReadPlan(ctx context.Context, path string) (flows.StartingPlan, error) {
	var out flows.StartingPlan
	saved, err := readPlan(d.path(path))
	if err != nil {
		return out, err
	}
	if len(saved.Requests) != 1 {
		return out, usageError("the plan is about several repositories, and a ceremony about one", "Save a plan for each.")
	}
	out.GUN, out.Changes = saved.Requests[0].GUN, saved.Requests[0].Changes
	_, requests, err := d.publishing.CompileSaved(ctx, saved)
	if err != nil {
		return out, err
	}
	if now := requests[0].Repository; now != nil {
		for i := range now.Roles {
			out.Roles = append(out.Roles, &now.Roles[i])
		}
	}
	return out, nil
}

// ReadRequest reads and checks a request.
func (d *ceremonyBackend) ReadRequest(path string, gun model.GUN, rehearsal bool, makers []string) (*bundle.Asked, error) {
	service := *d.Service
	if len(makers) > 0 || service.Makers == nil {
		roots, err := wiring.TokenRoots(d.paths(makers))
		if err != nil {
			return nil, err
		}
		service.Makers = roots
	}
	return service.ReadRequest(d.path(path), gun, rehearsal)
}

// Earlier are the people of an earlier ceremony whose keys some roles list.
func (d *ceremonyBackend) Earlier(path string, roles ...*model.Role) ([]bundle.Participant, error) {
	return d.Service.Earlier(d.path(path), roles...)
}

// Changes are those that lead to the keys that are asked for.
func (d *ceremonyBackend) Changes(gun model.GUN, asking *ceremony.Asking, r *model.Repository) ([]model.Change, error) {
	dialect, err := d.publishing.Writable(gun)
	if err != nil {
		return nil, err
	}
	return asking.Changes(dialect, gun, r)
}

// Start prepares a ceremony, and remembers the answer about it.
func (d *ceremonyBackend) Start(ctx context.Context, w ceremony.Starting, run ceremony.Run) (*ceremony.File, error) {
	w.To = d.path(w.To)
	file, err := d.Service.Start(ctx, wiring.Preparing{Service: d.publishing}, w, run)
	if file != nil {
		told := report.NewCeremony(file, d.app.now())
		told.On(d.Machine())
		d.note(told)
	}
	return file, err
}

// Published adds to the transcript that a ceremony is published.
func (d *ceremonyBackend) Published(f *ceremony.File, said []string) error {
	return d.Record(f, transcript.Entry{What: transcript.Published, Text: said})
}

// Kinds are the metadata formats of repositories, as choices.
func (*ceremonyBackend) Kinds() []flow.Option {
	return []flow.Option{
		{Value: string(model.NotaryV1), Label: "Notary", Help: "Docker Content Trust: images in a registry, with a Notary server."},
		{Value: string(model.TUF1), Label: "TUF 1.0", Help: "A folder or a website with TUF metadata."},
	}
}
