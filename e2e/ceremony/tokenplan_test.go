//go:build yubikey

package ceremony

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// online is the machine of a holder with a network, on which they plan.
func (h *holder) online() *holder {
	out, d := *h, *h.desk
	d.program = d.program.With()
	d.program.Program, d.before = d.before[1], nil
	out.desk = &d
	return &out
}

// givesWay has the token of one holder take the place of another's in a root of two: the new holder plans
// that and prepares the ceremony, and both sign on machines without a network, with cleo, who stays.
func givesWay(t *testing.T, from, to *holder, cleo, olga *desk, before, gun string, place []string) {
	t.Helper()
	saved, file := filepath.Join(filepath.Dir(before), "replace.json"), filepath.Join(filepath.Dir(before), "tokens.ceremony")
	online := to.online()
	old, fresh := from.key("root"), to.key("root")
	online.run(slices.Concat([]string{"token", "replace", gun, "--old", old, "--new", fresh, "-f", saved}, place)...)
	term := online.terminal(slices.Concat([]string{"ceremony", "start", "--plan", saved, "--people", before, "--title", "Another token", "--to", file}, place)...)
	answer(term, "Is it a real ceremony?", "")
	for _, question := range []string{"When does it open?", "When should all have signed?", "Until when is there time", "From when on is no signature taken?", "What time is it?"} {
		answer(term, question, "")
	}
	answer(term, "Type yes to write the file of the ceremony", "yes")
	answer(term, "PIN of the root key", tokenPIN)
	peer.Says(t, online.ended(term, 0), "Touch YubiKey "+to.serial+" now: certify the root key "+fresh[:4], "Nothing was published.")

	known := olga.told(olga.run("ceremony", "show", "-o", "json", file)).Roots[1].SHA256
	from.signs(file, "--root", known)
	leavesOldOnly(t, olga.told(olga.run("ceremony", "show", "-o", "json", file)), from.name)
	to.signs(file)
	if r := olga.try(slices.Concat([]string{"ceremony", "publish", "--yes", file}, place)...); r.Code != 2 || !strings.Contains(r.Stderr, "signatures are missing") {
		t.Errorf("published by the holders alone: exit code %d\n%s", r.Code, r.Stderr)
	}
	cleo.sign(file, "--root", known)
	olga.run(slices.Concat([]string{"ceremony", "publish", "--yes", file}, place)...)
}
