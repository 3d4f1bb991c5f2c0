package tokens_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/tokens"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
)

// manager is the management key of a card, as people type it.
const manager = "0102 0304 0506 0708 0102 0304 0506 0708 0102 0304 0506 0708"

// card is a token in memory with slots.
type card struct {
	store
	slots      map[string]model.TokenSlot
	private    *ecdsa.PrivateKey
	management model.ManagementKey
	// half has the next key stay without a certificate, and swap has another key be read back.
	half, swap bool
	// changed counts the changes of slots, and made the keys that were put there.
	changed, made int
}

func (c *card) Tokens(context.Context) ([]model.Token, *model.Fault) {
	t := c.token()
	t.Management = c.management
	for _, id := range slices.Sorted(maps.Keys(c.slots)) {
		t.Slots = append(t.Slots, c.slots[id])
	}
	return []model.Token{t}, nil
}

func (c *card) Store(string) port.TokenStore { return c }

func (c *card) KeyStore() port.KeyStoreGroup { return nil }

func (c *card) Watch(context.Context) <-chan struct{} { return nil }

func (c *card) Attest(context.Context, string, string) (key, maker []byte, err error) {
	return nil, nil, nil
}

func (c *card) ID(spki []byte) model.KeyID { return model.KeyID("of " + string(spki[len(spki)-4:])) }

func (c *card) manage(open port.TokenSecrets) error {
	c.seen = append(c.seen, open.Management)
	right := open.Factory && c.management.Default == model.Yes || c.management.Protected || bytes.Equal(open.Management, []byte{1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8})
	if !right {
		return &model.Fault{Kind: model.FaultSecret, Subject: c.Name(), Text: "the management key is wrong"}
	}
	return nil
}

func (c *card) put(slot, subject string, spki []byte) (model.TokenSlot, error) {
	c.changed++
	s := model.TokenSlot{ID: slot, SPKI: spki, PIN: model.PolicyOnce, Touch: model.PolicyAlways, Certificate: []byte("by " + subject), Subject: subject}
	if c.half {
		s.State, s.Certificate = model.SlotKeyOnly, nil
		c.slots[slot] = s
		return s, &model.Fault{Kind: model.FaultUnreachable, Subject: c.Name(), Text: "slot " + slot + " has the key, but its certificate wasn't written"}
	}
	c.slots[slot] = s
	if c.swap {
		other := s
		other.SPKI = []byte("another key")
		c.slots[slot] = other
	}
	return s, nil
}

func (c *card) MakeKey(ctx context.Context, key port.TokenKey, open port.TokenSecrets, touch port.TouchNotice) (model.TokenSlot, error) {
	if key.PIN != model.PolicyNever {
		if err := c.verify(ctx, open.PIN); err != nil {
			return model.TokenSlot{}, err
		}
	}
	if err := c.manage(open); err != nil {
		return model.TokenSlot{}, err
	}
	c.made++
	touch(true)
	touch(false)
	return c.put(key.Slot, key.Subject, []byte("made on it"))
}

func (c *card) ImportKey(ctx context.Context, key port.TokenKey, private []byte, open port.TokenSecrets, _ port.TouchNotice) (model.TokenSlot, error) {
	if c.management.Protected {
		if err := c.verify(ctx, open.PIN); err != nil {
			return model.TokenSlot{}, err
		}
	}
	if err := c.manage(open); err != nil {
		return model.TokenSlot{}, err
	}
	c.seen = append(c.seen, private)
	parsed, err := x509.ParsePKCS8PrivateKey(private)
	if err != nil {
		return model.TokenSlot{}, err
	}
	c.made++
	c.private = parsed.(*ecdsa.PrivateKey)
	spki, err := x509.MarshalPKIXPublicKey(c.private.Public())
	if err != nil {
		return model.TokenSlot{}, err
	}
	return c.put(key.Slot, key.Subject, spki)
}

func (c *card) WriteCertificate(ctx context.Context, slot, subject string, open port.TokenSecrets, touch port.TouchNotice) (model.TokenSlot, error) {
	if err := c.verify(ctx, open.PIN); err != nil {
		return model.TokenSlot{}, err
	}
	if err := c.manage(open); err != nil {
		return model.TokenSlot{}, err
	}
	touch(true)
	touch(false)
	return c.put(slot, subject, c.slots[slot].SPKI)
}

func (c *card) Unlock(ctx context.Context, _ model.KeyID, pin []byte) (port.Signer, error) {
	if err := c.verify(ctx, pin); err != nil {
		return nil, err
	}
	return &held{c.private}, nil
}

// held is a key that is open.
type held struct{ *ecdsa.PrivateKey }

func (h *held) SignMessage(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	return crypto.SignMessage(h.PrivateKey, random, message, opts)
}

func (*held) Close() error { return nil }

// portable can be put somewhere else.
type portable struct{ held }

func (p *portable) PKCS8() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(p.PrivateKey) }

func newCard() *card {
	return &card{store: store{pin: "123456", left: 3}, slots: map[string]model.TokenSlot{}, management: model.ManagementKey{Algorithm: "3DES"}}
}

// steps keeps what somebody saw.
type steps struct{ last []admin.Step }

func (s *steps) run(p *person) tokens.Run {
	return tokens.Run{Secrets: p, Watch: func(all []admin.Step) { s.last = all }}
}

// wiped fails where a secret is left in memory, or is in what people see.
func wiped(t *testing.T, c *card, p *person, s *steps) {
	t.Helper()
	for _, value := range append(p.given, c.seen...) {
		if strings.Trim(string(value), "\x00") != "" {
			t.Errorf("%d bytes of a secret are left in memory", len(value))
		}
	}
	for _, step := range s.last {
		if strings.Contains(step.Text+step.Why+step.Asked, "123456") || strings.Contains(step.Why, "0102") {
			t.Errorf("a secret is in %+v", step)
		}
	}
}

// What opens a token is asked for until it is right: the PIN, where the key or the management key
// needs it, and the management key where nobody else knows it. Nothing that is right is asked for
// twice, and the last try is spent only after it was announced.
func TestMakeKeySecrets(t *testing.T) {
	kept, factory := model.ManagementKey{Protected: true}, model.ManagementKey{Default: model.Yes}
	for name, row := range map[string]struct {
		management model.ManagementKey
		pin        model.UsePolicy
		left       int
		answers    []string
		asked      string
		kind       model.FaultKind
	}{
		"typed":               {model.ManagementKey{}, model.PolicyOnce, 3, []string{"123456", manager}, "PIN, management key", ""},
		"kept behind the PIN": {kept, model.PolicyOnce, 3, []string{"123456"}, "PIN", ""},
		"no PIN for the key, but for the management key": {kept, model.PolicyNever, 3, []string{"123456"}, "PIN", ""},
		"from the factory":     {factory, model.PolicyOnce, 3, []string{"123456"}, "PIN", ""},
		"no PIN at all":        {factory, model.PolicyNever, 3, nil, "", ""},
		"wrong PIN":            {model.ManagementKey{}, model.PolicyOnce, 3, []string{"000000", manager, "123456"}, "PIN, management key, PIN: wrong PIN", ""},
		"wrong management key": {model.ManagementKey{}, model.PolicyOnce, 3, []string{"123456", strings.Repeat("ab", 24), manager}, "PIN, management key, management key: the management key is wrong", ""},
		"no management key":    {model.ManagementKey{}, model.PolicyOnce, 3, []string{"123456", "0102", manager}, "PIN, management key, management key: a management key has 32, 48 or 64 hexadecimal digits", ""},
		"last try":             {factory, model.PolicyOnce, 1, []string{"123456"}, "PIN, last try", ""},
		"blocked":              {factory, model.PolicyOnce, 1, []string{"000000"}, "PIN, last try", model.FaultSecret},
		"stopped":              {factory, model.PolicyOnce, 3, []string{"000000"}, "PIN, PIN: wrong PIN", model.FaultCanceled},
	} {
		t.Run(name, func(t *testing.T) {
			c, p, s := newCard(), &person{answers: row.answers}, &steps{}
			c.management, c.left = row.management, row.left
			service := tokens.Service{Stores: c}
			k := tokens.NewKey{Place: tokens.Place{Serial: "7", Key: port.TokenKey{Slot: "9c", PIN: row.pin, Subject: "root"}}}
			made, err := service.MakeKey(t.Context(), k, s.run(p))
			if model.KindOf(err) != row.kind || (made == nil) != (row.kind != "") {
				t.Fatalf("%+v, %v", made, err)
			}
			var words []string
			for i, asked := range p.asked {
				word := strings.Replace(asked, "old", p.kinds[i], 1)
				words = append(words, strings.ReplaceAll(word, "YubiKey 7: ", ""))
			}
			if got := strings.Join(words, ", "); got != row.asked {
				t.Errorf("asked %q, want %q", got, row.asked)
			}
			if (c.changed == 1) != (row.kind == "") {
				t.Errorf("%d keys were made", c.changed)
			}
			wiped(t, c, p, s)
		})
	}
}

// Nothing is written into a slot that is not as it was reviewed.
func TestSlotAsReviewed(t *testing.T) {
	is := model.TokenSlot{ID: "9c", SPKI: []byte("one"), Certificate: []byte("one")}
	other := is
	other.SPKI = []byte("two")
	for name, before := range map[string]*model.TokenSlot{"was empty": nil, "held another key": &other} {
		t.Run(name, func(t *testing.T) {
			c, p := newCard(), &person{}
			c.slots["9c"] = is
			place := tokens.Place{Serial: "7", Key: port.TokenKey{Slot: "9c", Replace: true}, Before: before}
			service := tokens.Service{Stores: c}
			if _, err := service.MakeKey(t.Context(), tokens.NewKey{Place: place}, tokens.Run{Secrets: p}); model.KindOf(err) != model.FaultStale {
				t.Error(err)
			}
			if _, err := service.WriteCertificate(t.Context(), place, tokens.Run{Secrets: p}); model.KindOf(err) != model.FaultStale {
				t.Error(err)
			}
			if _, err := service.ImportKey(t.Context(), tokens.ImportKey{Place: place}, tokens.Run{Secrets: p}); model.KindOf(err) != model.FaultStale {
				t.Error(err)
			}
			if len(p.asked)+c.changed > 0 {
				t.Errorf("asked %q, %d changes", p.asked, c.changed)
			}
		})
	}
}

// A key that reads back differently is reported, with what the token has said; one that is left
// without its certificate is no reason to make another.
func TestReadBack(t *testing.T) {
	place := tokens.NewKey{Place: tokens.Place{Serial: "7", Key: port.TokenKey{Slot: "9c", PIN: model.PolicyOnce, Subject: "root"}}}
	c := newCard()
	c.swap, c.management.Default = true, model.Yes
	service := tokens.Service{Stores: c}
	made, err := service.MakeKey(t.Context(), place, tokens.Run{Secrets: &person{answers: []string{"123456"}}})
	if made == nil || err == nil || !strings.Contains(err.Error(), "slot 9c reads back differently: it has another key") {
		t.Errorf("%+v, %v", made, err)
	}
	c = newCard()
	c.half, c.management.Default = true, model.Yes
	service = tokens.Service{Stores: c}
	made, err = service.MakeKey(t.Context(), place, tokens.Run{Secrets: &person{answers: []string{"123456", "123456"}}})
	if made == nil || made.Slot.State != model.SlotKeyOnly || model.KindOf(err) != model.FaultUnreachable || c.changed != 1 {
		t.Errorf("%+v, %v, %d keys", made, err, c.changed)
	}
}

// Where an attempt was cut off after the key was on the token, the next one goes on: it writes the
// certificate, or reads back, and puts no second key there.
func TestGoesOn(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	key := port.TokenKey{Slot: "9c", PIN: model.PolicyOnce, Subject: "root"}
	for name, row := range map[string]struct {
		slot    model.TokenSlot
		written int
	}{
		"without a certificate":           {model.TokenSlot{ID: "9c", State: model.SlotKeyOnly, SPKI: spki}, 1},
		"with the certificate of another": {model.TokenSlot{ID: "9c", State: model.SlotMismatch, SPKI: spki, Certificate: []byte("another")}, 1},
		"whole":                           {model.TokenSlot{ID: "9c", SPKI: spki, Certificate: []byte("its own"), Subject: "root"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for _, imports := range []bool{false, true} {
				c := newCard()
				c.slots["9c"], c.private, c.management.Default = row.slot, private, model.Yes
				place := tokens.Place{Serial: "7", Key: key, Before: &row.slot, Placed: spki}
				service := tokens.Service{Stores: c, Provers: admin.Provers{docker.Dialect{}}}
				p, s := &person{answers: []string{"123456", "123456"}}, &steps{}
				var out *tokens.Changed
				var err error
				if imports {
					out, err = service.ImportKey(t.Context(), tokens.ImportKey{Place: place}, s.run(p))
				} else {
					out, err = service.MakeKey(t.Context(), tokens.NewKey{Place: place}, s.run(p))
				}
				if err != nil || !bytes.Equal(out.Slot.SPKI, spki) || out.Slot.Subject != "root" || c.changed != row.written || c.made > 0 {
					t.Errorf("imports %t: %+v, %v, %d changes", imports, out, err, c.changed)
				}
				wiped(t, c, p, s)
			}
		})
	}
}

// A key is opened where it is, put on the token, and signs there once. It is gathered again from
// nowhere: the passphrase, the key itself and the PIN are wiped.
func TestImportKey(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	source := func(signer port.Signer) tokens.SourceKey {
		return tokens.SourceKey{Key: model.PrivateKey{ID: "cafe", Label: "root", Encrypted: true}, Open: func(_ context.Context, passphrase []byte) (port.Signer, error) {
			if string(passphrase) != "right" {
				return nil, &model.Fault{Kind: model.FaultSecret, Text: "wrong passphrase"}
			}
			return signer, nil
		}}
	}
	place := tokens.Place{Serial: "7", Key: port.TokenKey{Slot: "9c", PIN: model.PolicyOnce, Touch: model.PolicyAlways, Subject: "root"}}
	provers := admin.Provers{docker.Dialect{}}

	c, p, s := newCard(), &person{answers: []string{"wrong", "right", manager, "123456"}}, &steps{}
	service := tokens.Service{Stores: c, Provers: provers}
	put, err := service.ImportKey(t.Context(), tokens.ImportKey{Place: place, Source: source(&portable{held{private}})}, s.run(p))
	if err != nil || put.Slot.Subject != "root" || put.Token.Serial != "7" || c.left != 3 {
		t.Errorf("%+v, %v", put, err)
	}
	if want := []string{"passphrase", "passphrase", "management key", "PIN"}; !slices.Equal(p.kinds, want) {
		t.Errorf("asked %q, want %q", p.kinds, want)
	}
	wiped(t, c, p, s)

	// One that can't be copied from where it is stays there.
	c, p = newCard(), &person{answers: []string{"right"}}
	service = tokens.Service{Stores: c, Provers: provers}
	if _, err := service.ImportKey(t.Context(), tokens.ImportKey{Place: place, Source: source(&held{private})}, tokens.Run{Secrets: p}); model.KindOf(err) != model.FaultUsage || c.changed > 0 {
		t.Errorf("%v, %d changes", err, c.changed)
	}

	// One that doesn't sign on the token is there, and the other copy is to be kept.
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c, p = newCard(), &person{answers: []string{"right", manager, "123456"}}
	service = tokens.Service{Stores: &swapping{c, other}, Provers: provers}
	put, err = service.ImportKey(t.Context(), tokens.ImportKey{Place: place, Source: source(&portable{held{private}})}, tokens.Run{Secrets: p})
	if put == nil || err == nil || !strings.Contains(err.Error(), "opens another key") {
		t.Errorf("%+v, %v", put, err)
	}
}

// swapping is a card that signs with another key than it has.
type swapping struct {
	*card
	other *ecdsa.PrivateKey
}

func (s *swapping) Store(string) port.TokenStore { return s }

func (s *swapping) Unlock(context.Context, model.KeyID, []byte) (port.Signer, error) {
	return &held{s.other}, nil
}
