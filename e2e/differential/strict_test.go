package differential

import (
	"os"
	"strings"
	"testing"

	"trustdeck/model"
)

// A strictness is what trustdeck refuses on purpose and Notary's client accepts: what
// only a mistake or an attacker writes. docs/notary-v1.md lists the same, with reasons.
type strictness struct {
	name string
	// text is a part of the problem's text.
	text string
}

var strictnesses = []strictness{
	{"duplicate fields", "twice in one object"},
	{"duplicate fields", "the file has two parts named"},
	{"field names in another case", "besides or instead of"},
	{"bytes as a list of numbers", "found '[' where a base64 string should be"},
	{"null in the place of a signature", "a signature is null"},
	{"negative lengths", "has the negative length"},
	{"lengths above that of the file", "bytes, but the "},
	{"numbers from 2^63 on", "the number 922337203685477580"},
	{"offsets of a day", "has an offset of a day or more"},
	{"roots of the past under another version", "states version"},
	{"a root by name that is older than the listed one", "which the server sends by name, is not the root"},
	{"another content of the version that is known", "has two validly signed contents for version"},
	{"root keys under another ID than their own", "the key is listed under an ID that doesn't match it"},
}

// strict names the strictness that a problem comes from, or is empty.
func strict(p model.Problem) string {
	for _, s := range strictnesses {
		if strings.Contains(p.Text, s.text) {
			return s.name
		}
	}
	return ""
}

func TestStrictnessesAreDocumented(t *testing.T) {
	docs, err := os.ReadFile("../../docs/notary-v1.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range strictnesses {
		if !strings.Contains(string(docs), "| "+s.name+" |") {
			t.Errorf("docs/notary-v1.md does not list %q", s.name)
		}
	}
}
