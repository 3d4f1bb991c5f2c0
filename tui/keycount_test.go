package tui_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/backup"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/tui/flows"
	"trustdeck/tui/nav"
	"trustdeck/tui/tuitest"
)

// counted is a user at the first screen who changes something, key by key. Text that is
// typed and passphrases do not count.
type counted struct {
	*change
	pressed     []string
	backups     *tuitest.BackupBackend
	connections *tuitest.Connections
	keyFiles    *tuitest.KeyBackend
	tokens      *tuitest.TokenBackend
	ceremonies  *tuitest.CeremonyBackend
}

func (c *counted) press(names ...string) *counted {
	c.t.Helper()
	for _, name := range names {
		c.pressed = append(c.pressed, name)
		c.keys(name)
		c.now = c.now.Add(time.Second)
	}
	return c
}

func (c *counted) until(words ...string) *counted {
	c.t.Helper()
	c.wait(words...)
	return c
}

// command begins what the palette finds.
func (c *counted) command(words string) *counted {
	c.t.Helper()
	return c.press(":").text(words).press("enter")
}

func (c *counted) text(s string) *counted {
	c.types(s)
	return c
}

const (
	shop  = "registry.example.org/acme/shop"
	store = "registry.example.org/acme/store"
)

// atTheList starts the UI at the list of two repositories, both of alice and bob, whose
// targets expire soon. Doctor has these findings.
func atTheList(t *testing.T, findings ...health.Finding) *counted {
	t.Helper()
	source, backend := tuitest.NewSource(), tuitest.NewGuideBackend()
	source.Findings = findings
	backend.Files = map[string][]byte{"carol.pub": publicKey(t)}
	source.Views, backend.Repositories, backend.Known.Names = nil, map[string]*model.Repository{}, nil
	alice, bob := notarytest.NewKey(), notarytest.NewKey()
	for _, name := range []string{shop, store} {
		repo := notarytest.New(model.GUN(name), tuitest.Now.AddDate(-3, 0, 20)) // targets live for three years
		repo.Delegate(docker.Releases, 1, []string{""}, alice, bob)
		repo.Delegate("targets/alice", 1, []string{""}, alice)
		repo.Delegate("targets/bob", 1, []string{""}, bob)
		repo.Tag(docker.Releases, "v1", name)
		repo.Seal(model.RoleTargets, docker.Releases, "targets/alice", "targets/bob")
		repo.Now = tuitest.Now
		r := repo.Read()
		source.Views = append(source.Views, admin.Look{GUN: r.GUN, Repository: r, Assessment: health.Assess(r, health.DefaultOptions())})
		staged := tuitest.StagedTags(r.GUN, docker.Releases)
		staged.Changes = staged.Changes[:2]
		source.Waiting = append(source.Waiting, *staged)
		backend.Repositories[name], backend.Known.Names = r, append(backend.Known.Names, name)
		for role, keys := range repo.Keys {
			if role != model.RoleTimestamp && role != docker.Releases {
				backend.Known.Keys = append(backend.Known.Keys, model.PrivateKey{
					ID: notary.CanonicalID(keys[0].PublicKey), Label: notary.Base(role), GUN: model.GUN(name), Place: "file", Encrypted: true,
				})
			}
		}
	}
	backend.Served = map[string]model.Manifest{shop + ":v9": tuitest.Image("ab")}
	backend.Staged = map[string]*admin.Staged{shop: &source.Waiting[0], store: &source.Waiting[1]}
	c := &change{source: backend, log: &admin.Log{}, now: tuitest.Now}
	out := &counted{backups: tuitest.NewBackupBackend(), connections: &tuitest.Connections{}, keyFiles: tuitest.NewKeyBackend(), tokens: tuitest.NewTokenBackend(), ceremonies: tuitest.NewCeremonyBackend()}
	out.backups.Compared, out.backups.Known.Keys[1].Exposed = restorable(), true
	o := options(source)
	o.Flows = flows.All(flows.Ports{Backend: backend, Backups: out.backups, Keys: out.keyFiles, Connections: out.connections, Tokens: out.tokens, Ceremonies: out.ceremonies})
	o.Ceremonies = out.ceremonies
	o.Log, o.Start, o.Contexts = c.log, nav.Place(nav.KindRepos), tuitest.NewContexts()
	o.Clock = func() time.Time { return c.now }
	out.change = c.open(t, o)
	return out.until("acme/shop", "acme/store", "2 repositories")
}

// publicKey is a public key in PEM form.
func publicKey(t *testing.T) []byte {
	t.Helper()
	spki, err := x509.MarshalPKIXPublicKey(notarytest.NewKey().Private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})
}

// restorable is a backup of a key that is not here.
func restorable() backup.Restoration {
	id := tuitest.Key("lost")
	return backup.Restoration{Items: []backup.RestoreItem{
		{Path: "private/" + string(id) + ".key", State: backup.RestoreAdded, Key: &backup.Key{ID: id, Label: "root"}},
	}}
}

// finding is one of Doctor's about a repository.
func finding(code string, repair model.Change) health.Finding {
	return health.Finding{Code: code, Severity: model.Failure, GUN: shop, Text: "something is wrong", Repair: repair}
}

// walkthrough is a guided change that is begun at the first screen.
type walkthrough struct {
	name string
	// flow is the ID of the guided change, findings what Doctor finds, most how many keys it
	// may take.
	flow     string
	findings []health.Finding
	most     int
	walk     func(c *counted)
	// done reports whether it is under way or done; nil asks whether a plan is executed.
	done func(c *counted) bool
}

// walkthroughs are those of every guided change.
func walkthroughs() []walkthrough {
	return []walkthrough{
		{name: "off-board a person from two repositories", flow: "off-board", most: 8, walk: func(c *counted) {
			c.press("S").until("bob").press("/").text("alice").press("enter", "O").until("[x] alice").press("enter").
				until("To apply, type the number of repositories: 2").text("2").press("tab", "tab", "enter")
		}},
		{name: "renew everything that expires soon", flow: "renew", most: 5, walk: func(c *counted) {
			c.press("X").until("Within how many days").press("enter").until("Which roles do you want to renew?").press("enter").
				until("Ready:", "[ Renew ]").press("tab", "enter")
		}},
		{name: "renew one repository", flow: "renew", most: 4, walk: func(c *counted) {
			c.press("E").until("Which roles do you want to renew?").press("enter").until("Ready:", "[ Renew ]").press("tab", "enter")
		}},
		{name: "witness one repository", flow: "witness", most: 4, walk: func(c *counted) {
			c.press("w").until("Which roles do you want to witness?").press("enter").until("Ready:", "[ Witness ]").press("tab", "enter")
		}},
		{name: "witness all that are marked", flow: "witness", most: 5, walk: func(c *counted) {
			c.press("*", "w").until("Which roles do you want to witness?", "acme/store").press("enter").until("Ready:", "[ Witness ]").press("tab", "enter")
		}},
		{name: "initialise a repository", flow: "init", most: 8, walk: func(c *counted) {
			c.press("i").until("Which repositories").text("registry.example.org/acme/new").press("enter").until("Enter to continue").press("enter").
				until("> Root key").press("enter").until("Do you have a certificate").press("enter").until("> On the server").press("enter").
				until("Ready:").press("tab", "enter")
		}},
		{name: "rotate the targets key", flow: "rotate", most: 8, walk: func(c *counted) {
			c.press("R").until("Which role's key").press("down", "enter").until("Which key should sign instead").press("enter").until("> Keep it").press("enter").
				until("To apply, type").text(shop).press("tab", "tab", "enter")
		}},
		{name: "rotate the targets key of all that are marked", flow: "rotate", most: 9, walk: func(c *counted) {
			c.press("*", "R").until("Which role").press("down", "enter").until("Which key should sign instead").press("enter").until("> Keep it").press("enter").
				until("To apply, type the number of repositories: 2").text("2").press("tab", "tab", "enter")
		}},
		{name: "rotate the root key", flow: "rotate", most: 8, walk: func(c *counted) {
			c.press("R").until("Which role's key").press("enter").until("Which keys should sign the root").press("enter").until("How many new root keys").press("enter").
				until("> Keep it").press("enter").until("To apply, type").text(shop).press("tab", "tab", "enter")
		}},
		{name: "add a signer", flow: "signer-add", most: 6, walk: func(c *counted) {
			c.press("+").until("What is the name").text("carol").press("enter").until("Which public keys").text("carol.pub").press("enter").
				until("Enter to continue").press("enter").until("Ready:").press("tab", "enter")
		}},
		{name: "remove a signer", flow: "signer-remove", most: 6, walk: func(c *counted) {
			c.press("d").until("[ ] alice").press("space", "enter").until("To apply, type").text(shop).press("tab", "tab", "enter")
		}},
		{name: "remove a delegation at its role", flow: "signer-remove", most: 7, walk: func(c *counted) {
			c.press("enter").until("Role tree").press("up", "up", "d").until("To apply, type").text(shop).press("tab", "tab", "enter")
		}},
		{name: "add a delegation", flow: "delegation-add", most: 8, walk: func(c *counted) {
			c.press("ctrl+p").text("add delegation").press("enter").until("What is the name").text("targets/qa").press("enter").
				until("Which public keys").text("carol.pub").press("enter").until("Enter to continue").press("enter").until("> Every tag").press("enter").
				until("Ready:").press("tab", "enter")
		}},
		{name: "give a delegation another key", flow: "delegation-edit", most: 10, walk: func(c *counted) {
			c.press("ctrl+p").text("edit delegation").press("enter").until("Which delegation").press("enter").until("[ ] Add keys").press("space", "enter").
				until("Which public keys").text("carol.pub").press("enter").until("Enter to continue").press("enter").
				until("To apply, type").text(shop).press("tab", "tab", "enter")
		}},
		{name: "remove a delegation", flow: "delegation-remove", most: 7, walk: func(c *counted) {
			c.press("ctrl+p").text("remove delegation").press("enter").until("Which delegations").press("space", "enter").
				until("To apply, type").text(shop).press("tab", "tab", "enter")
		}},
		{name: "purge a key", flow: "delegation-purge", most: 7, walk: func(c *counted) {
			c.press("ctrl+p").text("purge key").press("enter").until("Which keys").press("space", "enter").
				until("To apply, type").text(shop).press("tab", "tab", "enter")
		}},
		{name: "raise a threshold", flow: "threshold", most: 10, walk: func(c *counted) {
			c.press("ctrl+p").text("change threshold").press("enter").until("Which role's threshold").press("down", "down", "enter").
				until("How many of the keys").press("down", "enter").until("To apply, type").text(shop).press("tab", "tab", "enter")
		}},
		{name: "publish staged changes", flow: "publish", most: 6, walk: func(c *counted) {
			c.press("C").until("add tag v2.0").press("p").until("leave out?").press("enter").until("In which order").press("enter").
				until("Ready:").press("tab", "enter")
		}},
		{name: "sign a tag", flow: "sign", most: 8, walk: func(c *counted) {
			c.press("enter").until("Role tree").press("4").until("STATED BY").press("t").until("Which tags do you want to sign?").text("v9").press("enter").
				until("Enter to continue").press("enter").until("set yourself?").press("enter").until("Ready:", "[ Sign ]").press("tab", "enter")
		}},
		{name: "revoke all tags that are marked", flow: "revoke", most: 7, walk: func(c *counted) {
			c.press("enter").until("Role tree").press("4").until("STATED BY").press("*", "U").until("[x] targets/releases").press("enter").
				until("Ready:", "[ Revoke ]").press("tab", "enter")
		}},
		{name: "copy the signature of a tag", flow: "copy", most: 8, walk: func(c *counted) {
			c.press("enter").until("Role tree").press("4").until("STATED BY").press("Y").until("Under which tags").text("stable").press("enter").
				until("Enter to continue").press("enter").until("[x] targets/releases").press("enter").until("Ready:").press("tab", "enter")
		}},
		{name: "sign a file", flow: "target-add", most: 8, walk: func(c *counted) {
			c.press("ctrl+p").text("add target").press("enter").until("Under which name").text("notes.txt").press("enter").
				until("Which file").text("carol.pub").press("enter").until("[x] targets").press("enter").until("custom data?").press("enter").
				until("Ready:").press("tab", "enter")
		}},
		{
			name: "drop a staged change", flow: "reset", most: 5,
			walk: func(c *counted) {
				c.press("C").until("add tag v2.0").press("u").until("want to drop?").press("enter").until("Ready:").press("tab", "enter")
			},
			done: func(c *counted) bool { return len(c.source.Accepted()) == 1 },
		},
		{
			name: "delete trust data", flow: "delete", most: 9,
			walk: func(c *counted) {
				c.press("ctrl+p").text("delete trust data").press("enter").until("What do you want to delete?").press("down", "enter").
					until("archive the trust data first").press("enter").until("Which folder").press("enter").
					until("To apply, type").text(shop).press("tab", "tab", "enter")
			},
			done: func(c *counted) bool { return len(c.source.Accepted()) == 1 },
		},
		{
			name: "accept a root", flow: "accept-root", most: 5, findings: []health.Finding{finding("root-replaced", model.AcceptRoot{})},
			walk: func(c *counted) {
				c.press("D").until("root-replaced").press("enter").until("What is the fingerprint").text(string(tuitest.Key("anew"))).press("enter").until("Ready:").press("tab", "enter")
			},
			done: func(c *counted) bool { return len(c.source.Accepted()) == 1 },
		},
		{
			name: "accept a rollback", flow: "accept-rollback", most: 6, findings: []health.Finding{finding("rollback", model.AcceptRollback{Roles: []model.RoleName{"targets/bob"}})},
			walk: func(c *counted) {
				c.press("D").until("rollback").press("enter").until("Which roles do you want to accept").press("space", "enter").until("Ready:").press("tab", "enter")
			},
			done: func(c *counted) bool { return len(c.source.Accepted()) == 1 },
		},
		{
			name: "back up everything", flow: "backup-create", most: 6,
			walk: func(c *counted) {
				c.press("b").until("What do you want to back up?").press("enter").until("encrypt the whole file").press("enter").until("Which file").press("enter").until("Encryption:").press("tab", "enter")
			},
			done: func(c *counted) bool { return strings.Contains(c.screen(), "assphrase") },
		},
		{
			name: "check a backup", flow: "backup-check", most: 3,
			walk: func(c *counted) {
				c.press("K", "V").until("Which backup").press("enter")
			},
			done: func(c *counted) bool { return strings.Contains(c.screen(), "Passphrase 1 of 3") },
		},
		{
			name: "restore a backup", flow: "backup-restore", most: 5,
			walk: func(c *counted) {
				c.press("K", "B").until("Which backup").press("enter").until("[ Restore ]").press("tab", "enter")
			},
			done: func(c *counted) bool { return len(c.backups.Wrote()) > 0 },
		},
		{
			name: "protect a key file", flow: "key-protect", most: 4,
			findings: []health.Finding{{Code: admin.CodeKeyExposed, Severity: model.Warning, Key: tuitest.Key("second"), Text: "others can read it"}},
			walk: func(c *counted) {
				c.press("D").until("others can read it").press("enter").until("[ Protect ]").press("tab", "enter")
			},
			done: func(c *counted) bool { return strings.Contains(c.screen(), "Done") },
		},
		{
			name: "import a key", flow: "key-import", most: 7,
			walk: func(c *counted) {
				c.press("K", "I").until("Which key files").text(tuitest.TargetsKeyFile).press("enter").until("Enter to continue").press("enter").until("Which repository").text(shop).press("enter").
					until("[ Import ]").press("tab", "enter")
			},
			done: func(c *counted) bool { return strings.Contains(c.screen(), "assphrase") },
		},
		{
			name: "generate a key", flow: "key-generate", most: 6,
			walk: func(c *counted) {
				c.press("K", "N").until("Whose key").text("carol").press("enter").until("Which file").press("enter").until("[ Generate ]").press("tab", "enter")
			},
			done: func(c *counted) bool { return strings.Contains(c.screen(), "assphrase") },
		},
		{
			name: "export a key", flow: "key-export", most: 7,
			walk: func(c *counted) {
				c.press("K", "x").until("Which keys").press("space", "enter").until("Which file").text("keys.pem").press("enter").until("[ Export ]").press("tab", "enter")
			},
			done: func(c *counted) bool { return len(c.keyFiles.Kept()) == 1 },
		},
		{
			name: "change passphrases", flow: "key-passphrase", most: 6,
			walk: func(c *counted) {
				c.press("K", "a").until("Which keys").press("space", "enter").until("[ Change ]").press("tab", "enter")
			},
			done: func(c *counted) bool { return strings.Contains(c.screen(), "assphrase") },
		},
		{
			name: "rename a key", flow: "key-rename", most: 6,
			walk: func(c *counted) {
				c.press("K", "M").until("Which key").press("enter").until("call it").text("dave").press("enter").until("[ Rename ]").press("tab", "enter")
			},
			done: func(c *counted) bool { return len(c.keyFiles.Kept()) == 1 },
		},
		{
			name: "remove keys", flow: "key-remove", most: 7,
			walk: func(c *counted) {
				c.press("K", "e").until("Which keys").press("space", "enter").until("To apply, type").text(string(tuitest.Key("first")[:8])).press("tab", "tab", "enter")
			},
			done: func(c *counted) bool { return len(c.keyFiles.Kept()) == 1 },
		},
		{
			name: "change a PIN", flow: "token-pin", most: 5,
			walk: func(c *counted) {
				c.press("A", "n").until("Which token").press("enter").until("[ Change ]").press("tab", "enter")
			},
			done: func(c *counted) bool { return strings.Contains(c.screen(), "PIN of YubiKey") },
		},
		{
			name: "request a place in a ceremony", flow: "ceremony-request", most: 11,
			walk: func(c *counted) {
				c.command("ceremony request").until("For which repository").text(string(dialecttest.GUN)).press("enter").until("Of which kind").press("enter").until("Which role").press("enter").
					until("Who has the key").text("Ada").press("enter").until("a real ceremony").press("enter").until("Which key").press("enter").until("Which file do you").press("enter").until("[ Write request ]").press("tab", "enter")
			},
			done: func(c *counted) bool { return strings.Contains(c.screen(), "Passphrase 1 of 1") },
		},
		{
			name: "start a ceremony", flow: "ceremony-start", most: 22,
			walk: func(c *counted) {
				c.command("ceremony start").until("Which saved plan").press("enter").until("For which repository").text(shop).press("enter", "enter").until("a real ceremony").press("enter").until("Which requests").press("enter").until("earlier ceremony").press("enter").until("no one is named").press("enter").
					until("Whose keys leave").press("enter").until("How many root keys").press("enter").until("When does it open").press("enter").until("all have signed").press("enter").until("does not come").press("enter").
					until("no signature taken").press("enter").until("What is the ceremony for").press("enter").until("Which file do you").text("new.ceremony").press("enter").until("What time is it").press("enter").until("[ Write the file ]").press("tab", "enter")
			},
			done: func(c *counted) bool { return c.ceremonies.Wrote() == 1 },
		},
		{
			name: "sign in a ceremony", flow: "ceremony-sign", most: 9,
			walk: func(c *counted) {
				c.command("ceremony sign").until("Which ceremony").text(tuitest.CeremonyFile).press("enter").until("What time is it").press("enter").until("hand the signatures back").press("enter").
					until("[ Sign ]").text("sign").press("tab", "tab", "enter")
			},
			done: func(c *counted) bool { return strings.Contains(c.screen(), "Passphrase 1 of 1") },
		},
		{
			name: "merge the copies of a ceremony", flow: "ceremony-merge", most: 5,
			walk: func(c *counted) {
				c.command("ceremony merge").until("Into which file").text(tuitest.CeremonyFile).press("enter").until("Which copies").text(tuitest.CeremonyCopy).press("enter", "enter")
			},
			done: func(c *counted) bool { return strings.Contains(c.screen(), "1 new signature") },
		},
		{
			name: "make a key on a token", flow: "token-generate", most: 11,
			walk: func(c *counted) {
				c.press("A", "F").until("Which token").press("enter").until("Into which slot").press("enter").until("Which role").press("enter").until("Which kind").press("enter").
					until("need the PIN").press("enter").until("need a touch").press("enter").until("public key to").press("enter").until("[ Make the key ]").press("tab", "enter")
			},
			done: func(c *counted) bool { return strings.Contains(c.screen(), "PIN of YubiKey") },
		},
		{
			name: "put a key on a token", flow: "token-import", most: 11,
			walk: func(c *counted) {
				c.press("A", "J").until("Which token").press("enter").until("Which key").press("enter").until("Into which slot").press("enter").until("Which role").press("enter").
					until("need the PIN").press("enter").until("need a touch").press("enter").until("[ Put on token ]").press("tab", "enter")
			},
			done: func(c *counted) bool { return strings.Contains(c.screen(), "PIN of YubiKey") },
		},
		{
			name: "replace a token", flow: "token-replace", most: 11,
			walk: func(c *counted) {
				c.press("ctrl+p").text("replace token").press("enter").until("In which repositories").press("down", "enter", "enter").until("Which keys were").press("space", "enter").until("Which key takes").press("enter").
					until("To apply, type").text(shop).press("tab", "tab", "enter")
			},
			done: func(c *counted) bool { return strings.Contains(c.screen(), "assphrase") },
		},
		{
			name: "write a certificate", flow: "token-certificate", most: 8,
			walk: func(c *counted) {
				c.press("A", "Z").until("Which token").press("enter").until("Which slot").press("enter").until("Which role").press("enter").until("[ Write ]").press("tab", "enter")
			},
			done: func(c *counted) bool { return strings.Contains(c.screen(), "PIN of YubiKey") },
		},
		{
			name: "connect to a server", flow: "connect", most: 6,
			walk: func(c *counted) {
				c.press("ctrl+p").text("connect").press("enter").until("Which trust server").text(tuitest.OpenServer).press("enter").until("Under which name").press("enter").until("[ Save ]").press("tab", "enter")
			},
			done: func(c *counted) bool { return len(c.connections.Saved()) == 1 },
		},
	}
}

// Each guided change takes at most so many keys from the first screen to its last key, which
// applies what is reviewed. Every one that is registered is counted.
func TestKeysOfEachFlow(t *testing.T) {
	var table strings.Builder
	counts := map[string]bool{}
	for _, row := range walkthroughs() {
		counts[row.flow] = true
		t.Run(row.name, func(t *testing.T) {
			c := atTheList(t, row.findings...)
			row.walk(c)
			done := row.done
			if done == nil {
				done = func(c *counted) bool { n, _ := c.source.Executed(); return n == 1 }
			}
			c.pump.Until("the execution", func() bool { return done(c) }, c.screen)
			if len(c.pressed) > row.most {
				t.Errorf("it takes %d keys, at most %d: %s", len(c.pressed), row.most, strings.Join(c.pressed, " "))
			}
			fmt.Fprintf(&table, "%3d of %2d  %-42s %s\n", len(c.pressed), row.most, row.name, strings.Join(c.pressed, " "))
		})
	}
	// No repository here has a file that waits: TestCountersign in e2e/screen says its keys.
	counts["countersign"] = true
	// Nor is a ceremony here that all have signed: TestCeremonyOnTheScreen in e2e/ceremony says its keys.
	counts["ceremony-publish"] = true
	// None lists keys in an earlier form; its keys are those of renewing one repository.
	counts["restate"] = true
	for _, f := range flows.All(flows.Ports{}) {
		if !counts[f.ID] {
			t.Errorf("nobody counts the keys of %s", f.ID)
		}
	}
	t.Logf("keys:\n%s", table.String())
}
