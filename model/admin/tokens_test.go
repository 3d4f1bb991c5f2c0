package admin_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/quorum"
)

// plugged are tokens that answer what they are given.
type plugged struct {
	tokens []model.Token
	fault  *model.Fault
}

func (p *plugged) Tokens(context.Context) ([]model.Token, *model.Fault) { return p.tokens, p.fault }

func (*plugged) Watch(context.Context) <-chan struct{} { return nil }

func (*plugged) Attest(context.Context, string, string) (key, maker []byte, err error) {
	return nil, nil, nil
}

// manyRoots gives the repository three root keys, of which so many must sign.
func manyRoots(w *workshop, threshold int) {
	for range 2 {
		w.repo.Keys[model.RoleRoot] = append(w.repo.Keys[model.RoleRoot], notarytest.Certified(notarytest.NewKey(), string(gun), now.Add(-time.Hour), now.AddDate(1, 0, 0)))
	}
	w.repo.NameKeys()
	for i := range w.repo.Files[model.RoleRoot].Roles {
		if edge := &w.repo.Files[model.RoleRoot].Roles[i]; edge.Name == model.RoleRoot {
			edge.Threshold = int64(threshold)
		}
	}
	w.repo.Seal(model.RoleRoot)
	w.memory = newMemory(w.repo)
}

// holding is a token with these keys, from slot 9a on.
func holding(keys ...notarytest.Key) model.Token {
	t := model.Token{Serial: "4711", Product: "YubiKey 5", Firmware: "5.7.1", PIN: model.TokenSecret{TriesLeft: 3, Tries: 3}, PUK: model.TokenSecret{TriesLeft: 3, Tries: 3}}
	for i, k := range keys {
		t.Slots = append(t.Slots, model.TokenSlot{ID: fmt.Sprintf("9%c", 'a'+i), SPKI: notary.Format{}.Describe(k.PublicKey).SPKI, Algorithm: "ECDSA P-256", Origin: model.OriginToken})
	}
	return t
}

// Without a driver, and without a token, it is said why there is none.
func TestNoTokens(t *testing.T) {
	w := newWorkshop(t)
	if tokens, fault := w.service.Tokens(t.Context(), nil); len(tokens) > 0 || fault == nil || !strings.Contains(fault.Text, "built without support") {
		t.Errorf("%v, %v", tokens, fault)
	}
	if _, more := <-w.service.WatchTokens(t.Context()); more {
		t.Error("something was plugged in")
	}
	why := &model.Fault{Kind: model.FaultLocal, Text: "no reader"}
	w.service.Plugged = &plugged{fault: why}
	if _, fault := w.service.Tokens(t.Context(), nil); fault != why {
		t.Error(fault)
	}
	for _, f := range w.service.Doctor(t.Context(), nil) {
		if strings.HasPrefix(f.Code, "token") {
			t.Errorf("that there is no token is a finding: %+v", f)
		}
	}
}

// The key in a slot is known by all its IDs, also that of the certificate that lists it, with
// where it is used, and whether there is another copy of it.
func TestTokens(t *testing.T) {
	w, _, id := besideToken(t)
	root, targets := w.repo.Keys[model.RoleRoot][0], w.repo.Keys[model.RoleTargets][0]
	stray := notarytest.NewKey()
	w.service.Plugged = &plugged{tokens: []model.Token{holding(root, targets, stray)}}
	tokens, fault := w.service.Tokens(t.Context(), []admin.Look{w.service.Open(t.Context(), gun)})
	if fault != nil || len(tokens) != 1 || len(tokens[0].Slots) != 3 {
		t.Fatalf("%+v, %v", tokens, fault)
	}
	slots := tokens[0].Slots
	if s := slots[0]; len(s.IDs) != 2 || s.IDs[0] != notary.CanonicalID(root.PublicKey) || s.IDs[1] != root.ID || len(s.Uses) != 1 || s.Uses[0].Role != model.RoleRoot || strings.Join(s.Copies, " ") != "store" {
		t.Errorf("root: %+v", s)
	}
	if s := slots[1]; len(s.IDs) != 1 || s.IDs[0] != id || len(s.Uses) != 1 || s.Uses[0].Role != model.RoleTargets || len(s.Copies) != 0 {
		t.Errorf("targets: %+v", s)
	}
	if s := slots[2]; len(s.IDs) != 1 || len(s.Uses) != 0 || s.Fingerprint() == "" {
		t.Errorf("a key that nothing lists: %+v", s)
	}
}

// The Doctor tells of tokens.
func TestDoctorOfTokens(t *testing.T) {
	w := newWorkshop(t)
	found := holding(w.repo.Keys[model.RoleRoot][0])
	found.PIN.Default = model.Yes
	w.service.Plugged = &plugged{tokens: []model.Token{found}}
	for _, f := range w.service.Doctor(t.Context(), []admin.Look{w.service.Open(t.Context(), gun)}) {
		if f.Code == "token-pin-default" && f.Severity == model.Warning && strings.HasPrefix(f.Text, "YubiKey 4711: the PIN is the one from the factory") {
			return
		}
	}
	t.Error("the factory PIN is no finding")
}

// What the loss of a token means depends on who else can sign, who can list other keys, and
// whether there are copies.
func TestLoseToken(t *testing.T) {
	for name, test := range map[string]struct {
		// onToken are the roles whose first keys the token has; kept are those of them that
		// this machine has too.
		onToken, kept []model.RoleName
		threshold     int // of root, which then has three keys
		want          string
		// plan is what to do about the first role.
		plan string
	}{
		"nothing that is used": {nil, nil, 1, "", ""},
		"a copy of root":       {[]model.RoleName{model.RoleRoot}, []model.RoleName{model.RoleRoot}, 1, "root copied", "Rotate the key if someone else may have the token."},
		"one of three":         {[]model.RoleName{model.RoleRoot}, nil, 2, "root spare", "Replace the lost key with the others."},
		"the only root key":    {[]model.RoleName{model.RoleRoot}, nil, 1, "root final", "No backup is known. Look for one, and for a second token with the key. Without it, begin a new repository, and give its root to all clients."},
		"all of three":         {[]model.RoleName{model.RoleRoot}, nil, 3, "root final", ""},
		"targets":              {[]model.RoleName{model.RoleTargets}, nil, 1, "targets replace", "Have the holders of root (1 of 1, for example you) list another key."},
		"root and targets":     {[]model.RoleName{model.RoleRoot, model.RoleTargets}, nil, 1, "root final, targets final", ""},
		"a delegation":         {[]model.RoleName{"targets/bob"}, nil, 1, "targets/bob replace, targets/releases spare", ""},
		"with its delegator":   {[]model.RoleName{"targets/bob", model.RoleTargets}, nil, 1, "targets replace, targets/bob replace, targets/releases spare", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			if test.threshold > 1 {
				manyRoots(w, test.threshold)
			}
			var keys []notarytest.Key
			for _, role := range test.onToken {
				key := w.repo.Keys[role][0]
				keys = append(keys, key)
				delete(w.keys, notary.CanonicalID(key.PublicKey))
			}
			for _, role := range test.kept {
				key := w.repo.Keys[role][0]
				w.keys[notary.CanonicalID(key.PublicKey)] = key
			}
			w.service.Plugged = &plugged{tokens: []model.Token{holding(keys...)}}
			looks := []admin.Look{w.service.Open(t.Context(), gun)}
			tokens, fault := w.service.Tokens(t.Context(), looks)
			if fault != nil {
				t.Fatal(fault)
			}
			here, err := w.service.Keys(t.Context(), looks)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for n, loss := range admin.LoseToken(&tokens[0], &admin.KeySurvey{Keys: here, Looks: looks}, quorum.Known{}, w.service.DialectOf) {
				got = append(got, string(loss.Role)+" "+loss.Outcome.String())
				if plan := strings.Join(loss.Plan(), " "); n == 0 && test.plan != "" && plan != test.plan {
					t.Errorf("the plan is %q, want %q", plan, test.plan)
				}
				if (loss.Outcome == admin.LossFinal || loss.Outcome == admin.LossReplace) != (loss.After.Unreachable != "") {
					t.Errorf("%s: %q", loss.Role, loss.After.Unreachable)
				}
			}
			if text := strings.Join(got, ", "); text != test.want {
				t.Errorf("%s, want %s", text, test.want)
			}
		})
	}
}

// That no role lists a key of a token is said only where a repository was read.
func TestLossOnNothing(t *testing.T) {
	for want, looks := range map[string][]admin.Look{
		"Not known: no repository was read.":                            {{GUN: gun, Fault: &model.Fault{Kind: model.FaultUnreachable}}},
		"Nothing changes: no role that was read lists one of its keys.": {{GUN: gun, Repository: &model.Repository{GUN: gun}}},
	} {
		if got := admin.SumUpLosses(nil, looks); !slices.Equal(got, []string{want}) {
			t.Errorf("said %q, want %q", got, want)
		}
	}
}
