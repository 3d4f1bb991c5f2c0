//go:build yubikey

package token_test

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
	"trustdeck/keystore/trustdir"
	"trustdeck/keystore/yubikey"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/notary/docker"
	"trustdeck/model/plan"
	"trustdeck/model/port"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/transport"
)

// person answers what is asked: PINs in their order for tokens, and passphrases for files.
type person struct {
	pins  []string
	asked []port.SecretAsk
}

func (p *person) Ask(_ context.Context, ask port.SecretAsk) ([]byte, error) {
	if ask.Kind != port.PIN {
		return []byte(peer.TargetsPassphrase), nil
	}
	p.asked = append(p.asked, ask)
	answer := p.pins[0]
	if len(p.pins) > 1 {
		p.pins = p.pins[1:]
	}
	return []byte(answer), nil
}

// notes are the journal of one test.
type notes map[string]port.Entry

func (n notes) Begin(_ context.Context, at time.Time, plan []byte, begun ...port.Note) (string, error) {
	id := strconv.Itoa(len(n))
	n[id] = port.Entry{ID: id, Begun: at, Plan: plan, Notes: begun}
	return id, nil
}

func (n notes) Note(_ context.Context, id string, note port.Note) error {
	e := n[id]
	e.Notes = append(e.Notes, note)
	n[id] = e
	return nil
}

func (n notes) Close(_ context.Context, id string) error {
	delete(n, id)
	return nil
}

func (n notes) Open(context.Context) ([]port.Entry, error) {
	var out []port.Entry
	for _, e := range n {
		out = append(out, e)
	}
	return out, nil
}

// administrator is trustdeck's use case of changing repositories, with keys in a trust folder and
// on tokens, on a real server.
type administrator struct {
	*bench
	service *change.Service
	person  *person
	// trust is the trust folder.
	trust string
}

func (b *bench) administrator(server *peer.Server) *administrator {
	b.Helper()
	client, err := notaryserver.New(notaryserver.Config{URL: server.URL, TLS: transport.TLSFiles{CA: server.PKI.CAFile()}.For})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	folder := filepath.Join(b.TempDir(), "trust")
	trust := trustdir.NewKeeper(trustdir.Open(folder))
	b.tokens = yubikey.Open(yubikey.Config{ID: trust.ID})
	service := &change.Service{
		Service: &admin.Service{
			DialectOf: dialect.Only(docker.Dialect{}), Remote: client, Stores: port.KeyStores{trust, b.tokens.KeyStore()},
			Clock: time.Now, Health: health.DefaultOptions(),
		},
		Publisher: client, Journal: notes{},
	}
	return &administrator{b, service, &person{pins: []string{string(pin)}}, folder}
}

// do prepares and executes a change.
func (a *administrator) do(c model.Change) error {
	a.Helper()
	p, err := a.service.Prepare(a.Context(), []change.Request{{GUN: gun, Changes: []model.Change{c}}})
	if err != nil {
		a.Fatal(err, model.HintOf(err))
	}
	if v := p.Verdict(); v.State != plan.Ready {
		a.Fatalf("the plan is %s: %s", v.State, v.Text)
	}
	out, err := a.service.Execute(a.Context(), change.Execution{Plan: p, Secrets: a.person})
	if err != nil {
		return err
	}
	for _, part := range out.Parts {
		if !part.Published || part.Proof == nil || !part.Proof.Holds() {
			a.Errorf("%+v", part)
		}
	}
	return nil
}

func here(id model.KeyID) model.RoleKeys {
	return model.RoleKeys{Threshold: 1, Keys: []model.KeyChoice{{Source: model.KeyHere, ID: id}}}
}

func from(source model.KeySource) model.RoleKeys {
	return model.RoleKeys{Threshold: 1, Keys: []model.KeyChoice{{Source: source}}}
}

// rootVersion is that of the published root.
func (a *administrator) rootVersion() int64 {
	a.Helper()
	look := a.service.Open(a.Context(), gun)
	if look.Repository == nil {
		a.Fatalf("the repository can't be read: %v", look.Fault)
	}
	return look.Repository.Role(model.RoleRoot).Version
}

// A key on a token serves where one in a file does: a repository gets its root key on one, with a
// wrong PIN at first, and then that of another token. Notary's clients follow, and Notary itself
// goes on with the first.
func TestTokenServes(t *testing.T) { each(t, testTokenServes) }

func testTokenServes(t *testing.T, k kind) {
	peer.Need(t, "notary", "notary-server", peer.YKCS11)
	b := newBench(t, k)
	server := peer.MemoryServer(t)
	a := b.administrator(server)
	one := b.insert(0, card.Config{Firmware: card.V543, Serial: first})
	one.KeepTouching(true)
	made := b.rootIn("9c", false)
	a.person.pins = []string{"111111", string(pin)}
	init := model.InitRepository{Root: here(b.store().ID(made.SPKI)), Targets: from(model.KeyNew), Snapshot: from(model.KeyServer)}
	if err := a.do(init); err != nil {
		t.Fatal(err, model.HintOf(err))
	}
	if asked := a.person.asked; len(asked) != 2 || asked[0].Key.Store != "YubiKey 8675309" || asked[1].TriesLeft != 2 || asked[1].Wrong == nil {
		t.Errorf("asked %+v", asked)
	}
	cached := peer.Notary(t, server, t.TempDir())
	cached.Run(t, "list", gun)
	touched := one.Blinks()
	peer.Notary(t, server, a.trust).WithCards(b.service).Run(t, "key", "rotate", gun, "snapshot", "-r")
	if a.rootVersion() != 2 || one.Blinks() == touched {
		t.Errorf("notary made root %d, touched the token %d times", a.rootVersion(), one.Blinks()-touched)
	}

	two := b.insert(1, card.Config{Firmware: card.V571, Serial: second})
	two.KeepTouching(true)
	other, err := b.tokens.Store(strconv.Itoa(second)).MakeKey(t.Context(), rootKey(), open(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.do(model.RotateKey{Role: model.RoleRoot, Keys: here(b.store().ID(other.SPKI))}); err != nil {
		t.Fatal(err, model.HintOf(err))
	}
	one.Remove()
	if err := a.do(model.Renew{Roles: []model.RoleName{model.RoleRoot}}); err != nil {
		t.Fatal(err, model.HintOf(err))
	}
	if version := a.rootVersion(); version != 4 {
		t.Errorf("root %d", version)
	}
	for _, client := range []*peer.Client{cached, peer.Notary(t, server, t.TempDir())} {
		if list := client.Run(t, "list", gun); !strings.Contains(list, "No targets") {
			t.Errorf("notary list: %s", list)
		}
	}
}

// Where the token is pulled out while it waits to be touched, nothing is published. Plugged in
// again, the change succeeds.
func TestPulledOutOfAChange(t *testing.T) { each(t, testPulledOutOfAChange) }

func testPulledOutOfAChange(t *testing.T, k kind) {
	peer.Need(t, "notary-server")
	b := newBench(t, k)
	a := b.administrator(peer.MemoryServer(t))
	c := b.insert(0, card.Config{Firmware: card.V543, Serial: first})
	c.KeepTouching(true)
	made := b.rootIn("9c", false)
	init := model.InitRepository{Root: here(b.store().ID(made.SPKI)), Targets: from(model.KeyNew), Snapshot: from(model.KeyServer)}
	if err := a.do(init); err != nil {
		t.Fatal(err, model.HintOf(err))
	}
	renew := model.Renew{Roles: []model.RoleName{model.RoleRoot}}
	c.KeepTouching(false)
	done := make(chan error, 1)
	go func() { done <- a.do(renew) }()
	b.blinks(c)
	c.Remove()
	b.fails(<-done, model.FaultUnreachable, "YubiKey 8675309: was removed before it had answered")
	if version := a.rootVersion(); version != 1 {
		t.Errorf("root %d is published", version)
	}
	b.put(c, 0)
	c.KeepTouching(true)
	if err := a.do(renew); err != nil || a.rootVersion() != 2 {
		t.Errorf("root %d, %v", a.rootVersion(), err)
	}
}
