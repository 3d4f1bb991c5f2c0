package public

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model/report"
)

// TestCeremonies reads the certificates of real ceremonies in the folders that
// TRUSTDECK_CEREMONIES names, if it does, with the roots in the file that TRUSTDECK_ROOTS names: every
// key is proved whose token has its certificate there.
func TestCeremonies(t *testing.T) {
	roots := os.Getenv("TRUSTDECK_ROOTS")
	for _, folder := range filepath.SplitList(os.Getenv("TRUSTDECK_CEREMONIES")) {
		var answer report.Attest
		result := peer.Trustdeck(t).Try("attest", folder, "--roots", roots, "-o", "json")
		if err := json.Unmarshal([]byte(result.Stdout), &answer); err != nil || len(answer.Chains) == 0 {
			t.Errorf("%s: %v, %+v", folder, err, result)
		}
		for _, c := range answer.Chains {
			if len(c.TokenFiles) > 0 && (!c.Proved || c.Firmware == "" || c.Slot == "") {
				t.Errorf("%s: %+v", folder, c)
			}
		}
	}
}
