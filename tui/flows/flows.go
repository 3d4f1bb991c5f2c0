package flows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/tui/flow"
)

// Ports are what flows do their work with. Where one is nil, its flows are there and
// cannot be walked through.
type Ports struct {
	Backend Backend
	Backups Backups
	Keys    KeyFiles
	// Connections is there where contexts can be kept.
	Connections Connections
	Tokens      Tokens
	Ceremonies  Ceremonies
}

// All lists the flows that are registered.
func All(p Ports) flow.Set {
	return append(Changes(p.Backend),
		Reset(p.Backend), Delete(p.Backend), AcceptRoot(p.Backend), AcceptRollback(p.Backend), BackupCreate(p.Backups), BackupCheck(p.Backups), BackupRestore(p.Backups),
		KeyProtect(p.Backups), KeyImport(p.Keys), KeyGenerate(p.Keys), KeyExport(p.Keys), KeyPassphrase(p.Keys), KeyRename(p.Keys), KeyRemove(p.Keys), Connect(p.Connections), TokenPIN(p.Tokens), TokenGenerate(p.Tokens), TokenImport(p.Tokens), TokenCertificate(p.Tokens),
		CeremonyAsk(p.Ceremonies), CeremonyStart(p.Backend, p.Ceremonies), CeremonySign(p.Ceremonies), CeremonyMerge(p.Ceremonies), CeremonyPublish(p.Backend, p.Ceremonies))
}

// Changes lists the flows that change repositories.
func Changes(d Backend) flow.Set {
	return flow.Set{
		Init(d), SignerAdd(d), SignerRemove(d), OffBoard(d), Renew(d), Witness(d), Countersign(d), Rotate(d), TokenReplace(d), Restate(d),
		DelegationAdd(d), DelegationEdit(d), DelegationRemove(d), DelegationPurge(d), Threshold(d), Publish(d), Sign(d), Revoke(d), CopyTag(d), TargetAdd(d),
	}
}

// The IDs of answers that several flows have.
const (
	repositories = "repositories"
	rootKey      = "root"
	certificate  = "root-certificate"
	rootKeys     = "root-keys"
	threshold    = "root-threshold"
	snapshotKey  = "snapshot"
)

// The answers of choices.
const (
	newKey   = "new"
	onServer = "server"
	here     = "here"
)

// repositoriesStep asks which repositories are concerned.
func repositoriesStep(question string) flow.Step {
	return flow.Step{
		ID: repositories, Label: "Repository", Question: question, Example: "registry.example.org/team/app", Kind: flow.Repositories, Names: true,
		Help:    "Give the full name, with the registry and without a tag: registry.example.org/team/app. One plan changes several repositories, one after the other.",
		Suggest: func(f flow.Facts, _ flow.Answers) []string { return f.Names },
		Check:   func(_ flow.Facts, a flow.Answers) error { return names(a.Values[repositories]) },
	}
}

func names(lines []string) error {
	seen := map[string]bool{}
	for _, line := range lines {
		if _, err := model.ParseGUN(line); err != nil {
			return err
		}
		if seen[line] {
			return fmt.Errorf("%s is given twice", line)
		}
		seen[line] = true
	}
	return nil
}

// rootSteps ask who will sign the root of a new repository, and where the key of
// its snapshot will be. when tells whether they are asked at all.
func rootSteps(when func(flow.Facts, flow.Answers) bool) []flow.Step {
	and := func(more func(flow.Facts, flow.Answers) bool) func(flow.Facts, flow.Answers) bool {
		return func(f flow.Facts, a flow.Answers) bool { return (when == nil || when(f, a)) && more(f, a) }
	}
	making := func(_ flow.Facts, a flow.Answers) bool { return a.First(rootKey) == newKey }
	using := func(f flow.Facts, a flow.Answers) bool { return f.Dialect.Certifies() && a.First(rootKey) != newKey }
	onToken := tokenChoice{question: always(rootKey), options: rootOptions, when: when, flag: always("root-key")}
	return []flow.Step{
		onToken.step(),
		{
			ID: rootKey, Flag: "root-key", Label: "Root key", Question: "Which key do you want to sign the root with?", Kind: flow.Choice, When: when,
			Help: "The root key decides who may sign everything else. Its holder can replace every other key. If you lose it, you can no longer change who may sign, and " +
				"every user of the repository must start again. trustdeck keeps it encrypted on this machine; make a copy, and keep it offline.",
			Options: rootOptions, Resolve: resolveKeysOr(rootKey, "on this machine", rootOptions, newKey),
			Default: onToken.usually(rootDefault), Decided: onToken.decides,
		},
		{
			ID: rootKeys, Flag: "root-keys", Label: "How many", Question: "How many root keys do you want?", Example: "3", Kind: flow.Text, When: and(making),
			HelpIn: func(d dialect.Conventions) string {
				return sentences("A number from 1 to 20.", d.Words().RootKeys, "With several keys, held by different people, no one can change the root alone. trustdeck makes all of them here; give them to their holders afterwards.")
			},
			Default: func(flow.Facts, flow.Answers) []string { return []string{"1"} },
			Check:   func(_ flow.Facts, a flow.Answers) error { return number(a.First(rootKeys), 1, maxRootKeys) },
		},
		{
			ID: threshold, Flag: "root-threshold", Label: "Threshold", Question: "How many of them must sign?", Example: "2", Kind: flow.Text,
			When: and(func(f flow.Facts, a flow.Answers) bool { return making(f, a) && a.First(rootKeys) != "1" }),
			HelpIn: func(d dialect.Conventions) string {
				return sentences("A number from 1 to the number of keys.", rootQuorum(d, "%s can change such a root only where enough of the keys are in one trust folder."))
			},
			Default: func(flow.Facts, flow.Answers) []string { return []string{"2"} },
			Check: func(_ flow.Facts, a flow.Answers) error {
				most, _ := strconv.Atoi(a.First(rootKeys)) // it was checked before
				return number(a.First(threshold), 1, most)
			},
		},
		{
			ID: certificate, Flag: "root-certificate", Label: "Certificate", Question: "Do you have a certificate for the root key?", Example: "root.crt", Kind: flow.File, Optional: true, When: and(using),
			Help:    "The root lists its key in a certificate for this repository. If you give no file, trustdeck makes one. Your own must be for this key and this name, and must not be a CA's.",
			Without: "Press Enter to have trustdeck make a certificate.",
			Check:   checkCertificate(rootKey), Describe: describeCertificate,
		},
		{
			ID: snapshotKey, Flag: "snapshot-key", Label: "Snapshot", Question: "Where do you want the snapshot key?", Kind: flow.Choice, When: and(asksServer), Check: checkServer,
			Help: "The snapshot lists the current version of every file, and must be signed on every publish.",
			Options: func(f flow.Facts, _ flow.Answers) []flow.Option {
				words := f.Dialect.Words()
				return []flow.Option{
					{Value: onServer, Label: "On the server", Help: sentences("Signers can publish without you.", words.ServerSnapshot)},
					{Value: here, Label: "On this machine", Help: sentences("No one can publish without this key.", words.OwnSnapshot)},
				}
			},
			Default: func(flow.Facts, flow.Answers) []string { return []string{onServer} },
		},
		algorithmStep(and(func(flow.Facts, flow.Answers) bool { return true })),
	}
}

// sentences joins those that there are.
func sentences(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), " ")
}

// rootQuorum is a sentence about other clients that cannot do everything with a root of which
// several keys must sign; empty where all can.
func rootQuorum(d dialect.Conventions, sentence string) string {
	if d.Words().RootQuorum == "" {
		return ""
	}
	return fmt.Sprintf(sentence, d.Words().Clients)
}

// maxRootKeys is more than any ceremony has custodians.
const maxRootKeys = 20

func number(text string, low, high int) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return fmt.Errorf("%q is not a number from %d to %d", text, low, high)
	}
	return nil
}

// rootOptions are the root keys of this machine, and a new one.
func rootOptions(f flow.Facts, _ flow.Answers) []flow.Option {
	var out []flow.Option
	for _, k := range f.Keys {
		if k.Label == string(model.RoleRoot) && k.Usable() {
			out = append(out, flow.Option{Value: string(k.ID), Label: "Root key " + k.ID.Short() + usedIn(f, k) + onWhich(&k), Help: describePrivate(f, k)})
		}
	}
	return append(out, flow.Option{Value: newKey, Label: "A new key", Help: "trustdeck makes it on this machine, with a passphrase that you choose."})
}

// rootDefault is a key that is here, where one root key is usual for many repositories; but
// who says how many keys there are to be, or how many must sign, wants new ones.
func rootDefault(f flow.Facts, a flow.Answers) []string {
	if a.Values[rootKeys] != nil || a.Values[threshold] != nil || !f.Dialect.Certifies() {
		return []string{newKey}
	}
	return []string{rootOptions(f, a)[0].Value}
}

// asksServer tells whether it is asked if a server holds the snapshot key: where one can, and
// where somebody has said so.
func asksServer(f flow.Facts, a flow.Answers) bool {
	return f.Dialect == nil || f.Dialect.ServerKeys() || a.Values[snapshotKey] != nil
}

// checkServer refuses a key on a server that holds none.
func checkServer(f flow.Facts, a flow.Answers) error {
	if a.First(snapshotKey) != onServer || f.Dialect.ServerKeys() {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultUsage, Text: "no server holds keys of this kind of repository, so none can sign its snapshot",
		Hint: "Leave that out: trustdeck makes the snapshot key on this machine.",
	}
}

// initialise makes of the answers what a new repository is to be. Where no server holds keys,
// all are made here.
func initialise(f flow.Facts, a flow.Answers) (model.InitRepository, error) {
	one := func(k model.KeyChoice) model.RoleKeys {
		return model.RoleKeys{Keys: []model.KeyChoice{k}, Threshold: 1}
	}
	fresh := newKeyChoice(a)
	out := model.InitRepository{Root: one(fresh), Targets: one(fresh), Snapshot: one(model.KeyChoice{Source: model.KeyServer})}
	if a.First(snapshotKey) == here || !f.Dialect.ServerKeys() {
		out.Snapshot = one(fresh)
	}
	if !slices.Contains(f.Dialect.Online(), model.RoleTimestamp) {
		out.Timestamp = one(fresh)
	}
	switch id := a.First(rootKey); id {
	case newKey, "":
		if n, err := strconv.Atoi(a.First(rootKeys)); err == nil && n > 1 {
			out.Root.Keys = nil
			for range n {
				out.Root.Keys = append(out.Root.Keys, fresh)
			}
			out.Root.Threshold, _ = strconv.Atoi(a.First(threshold)) // it was checked before
		}
	default:
		key, err := model.ParseKeyID(id)
		if err != nil {
			return out, err
		}
		k := hereChoice(f, key)
		k.Certificate, k.File = a.Files[a.First(certificate)], a.First(certificate)
		out.Root.Keys = []model.KeyChoice{k}
	}
	return out, nil
}
