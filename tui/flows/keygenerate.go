package flows

import (
	"cmp"
	"context"
	"fmt"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/keyfile"
	"trustdeck/model/display"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
)

// KeyName names whom a key to be made is for, and KeyPublic the file of its public half.
const (
	KeyName   = "name"
	KeyPublic = "public"
)

// KeyGenerate makes a private key, for a signer or for roots.
func KeyGenerate(k KeyFiles) *flow.Flow {
	return &flow.Flow{
		ID: "key-generate", Title: "Generate key", Verb: "Generate", Source: k,
		Command: command("key generate", KeyName),
		Steps: []flow.Step{
			placeStep(),
			{
				ID: KeyName, Label: "Name", Question: "Whose key do you want to generate?", Example: "alice", Kind: flow.Text,
				Help: "The name of a signer; or root, for a key that signs roots. trustdeck keeps the private key on this machine, under a passphrase that you choose.",
				Check: func(f flow.Facts, a flow.Answers) error {
					d, role := placeDialect(f, a), model.RoleName(a.First(KeyName))
					if role == model.RoleRoot || role.TopLevel() && !d.ServerKeys() {
						return nil
					}
					return d.SignerName(a.First(KeyName))
				},
			},
			algorithmStepIn(func(flow.Facts, flow.Answers) bool { return true }, placeDialect),
			{
				ID: KeyPublic, Flag: "public", Path: true, Label: "Public key", Question: "Which file do you want to write the public key to?", Example: "alice.pub", Kind: flow.Text,
				Help:    "A new file. Give it to the administrator of the repository. It isn't secret. trustdeck never replaces an existing file.",
				Default: func(_ flow.Facts, a flow.Answers) []string { return []string{a.First(KeyName) + ".pub"} },
				Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry { return vacant(k, a.First(KeyPublic)) },
			},
		},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			place := placeOf(f, a)
			out := &generating{files: k, place: place, key: keyfile.NewKey{
				Label: a.First(KeyName), Public: a.First(KeyPublic), Algorithm: newKeyChoice(a).Algorithm, Into: place.Value,
			}}
			for _, have := range f.Keys {
				if have.Label == out.key.Label {
					out.here = append(out.here, keyName(have.ID, have.Label, have.GUN))
				}
			}
			return out
		},
		Words: flow.Words{Executing: "generating a key"},
	}
}

// vacant finds out whether a new file can be written.
func vacant(k interface{ CheckNew(path string) error }, path string) flow.Inquiry {
	return func(context.Context, port.Interaction) (func(*flow.Facts), error) {
		return func(*flow.Facts) {}, k.CheckNew(path)
	}
}

// generating makes a key.
type generating struct {
	files KeyFiles
	place flow.KeyPlace
	key   keyfile.NewKey
	// here are the keys of this name that are here already.
	here []string
}

var _ flow.Outcome = (*generating)(nil)

// Ready reports that it can be done: what could not was refused before.
func (*generating) Ready() (ok bool, why string) { return true, "" }

// Steps lists what will be done.
func (g *generating) Steps() []admin.Step { return keyfile.GenerateSteps(g.key, g.place.Folder) }

// Review says what will be made.
func (g *generating) Review() flow.Review {
	out := flow.Review{
		Verdict: "Ready: trustdeck makes a key, and asks for its new passphrase.",
		Table: flow.Table{
			Columns: []flow.Column{{Title: "KEY"}, {Title: "TYPE", Word: "type"}, {Title: "PRIVATE KEY", Word: "private key in"}, {Title: "PUBLIC KEY", Word: "public key in"}},
			Rows:    []flow.Row{{Cells: []string{"new " + g.key.Label + " key", g.algorithm().String(), g.place.Folder, g.key.Public}}},
		},
		Details: []flow.Section{inOrder(g.Steps())},
	}
	if len(g.here) > 0 {
		out.Facts = append(out.Facts, flow.Fact{Label: "Already here", Text: few(g.here) + ". The new key is another one, and replaces none."})
	}
	if g.key.Label == string(model.RoleRoot) {
		out.Facts = append(out.Facts, flow.Fact{Label: flow.Warning, Text: "a root key decides who may sign. If it or its passphrase is lost, no one can change that again. Back it up."})
	}
	if caution := g.place.Dialect.KeyCaution(g.algorithm()); caution != "" {
		out.Facts = append(out.Facts, flow.Fact{Label: flow.Warning, Text: stopped(caution)})
	}
	return out
}

// algorithm is that of the key.
func (g *generating) algorithm() model.Algorithm {
	return cmp.Or(g.key.Algorithm, g.place.Dialect.Algorithms()[0])
}

// Do makes the key.
func (g *generating) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	made, err := g.files.Generate(ctx, g.key, keyfile.Run{Secrets: run.Secrets, Watch: run.Watch, Stop: run.Stop})
	if made == nil {
		return &flow.Report{Usable: "No key was made.", Next: hints(err)}, err
	}
	out := &flow.Report{Usable: fmt.Sprintf("The %s is in %s.", keyName(made.Key.ID, made.Label, ""), g.place.Folder)}
	out.Done = append(out.Done, "Made: "+keyName(made.Key.ID, made.Label, "")+", "+made.Key.Algorithm+", key ID "+string(made.Key.ID))
	switch {
	case err != nil && made.Public == "":
		out.NotDone = append(out.NotDone, "The public key was not written to "+g.key.Public+".")
		out.Next = hints(err)
	case err != nil:
		out.Next = hints(err)
	case model.RoleName(made.Label).TopLevel():
		out.Done = append(out.Done, "Written: its public key, to "+made.Public)
		if !g.place.Dialect.Certifies() {
			out.Next = append(out.Next, "Have an administrator list it: trustdeck rotate --key "+display.ShellFile(made.Public)+" REPOSITORY "+made.Label)
		}
		out.Next = append(out.Next, "Back up the key: trustdeck backup create --key "+string(made.Key.ID)+" FILE")
	default:
		out.Done = append(out.Done, "Written: its public key, to "+made.Public)
		out.Next = append(out.Next, "Have an administrator add the signer: trustdeck signer add --key "+display.ShellFile(made.Public)+" "+made.Label+" REPOSITORY",
			"Back up the key: trustdeck backup create --key "+string(made.Key.ID)+" FILE")
	}
	return out, err
}
