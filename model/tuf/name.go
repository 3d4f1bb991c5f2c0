package tuf

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"trustdeck/model"
)

// ParseRole accepts whatever a role can be called (TUF 4.5): any text that is not empty. One
// that would be confused with another in a list or a path of files is refused.
func ParseRole(name string) (model.RoleName, error) {
	switch {
	case name == "":
		return "", fmt.Errorf("the name of a role is empty")
	case len(name) > model.MaxNameLength:
		return "", fmt.Errorf("the name of a role is %d bytes long, the limit is %d", len(name), model.MaxNameLength)
	case !utf8.ValidString(name):
		return "", fmt.Errorf("the name of a role, %q, is not valid UTF-8", name)
	}
	if err := printable("the name of a role", name); err != nil {
		return "", err
	}
	return model.RoleName(name), nil
}

// printable refuses text that a terminal or a log would not show as it is.
func printable(what, text string) error {
	for _, r := range text {
		if r < ' ' || r == 0x7f {
			return fmt.Errorf("%s, %q, contains the control character %U", what, text, r)
		}
	}
	return nil
}

// name is what the bin with a number is called: the prefix, and as many digits as the last
// one needs.
func (b *bins) name(number uint32) model.RoleName {
	last := uint64(1)<<b.Bits - 1
	digits := len(strconv.FormatUint(last, 16))
	return model.RoleName(fmt.Sprintf("%s-%0*x", b.Prefix, digits, number))
}

// has reports whether a role is one of the bins.
func (b *bins) has(role model.RoleName) bool {
	suffix, ok := strings.CutPrefix(string(role), b.Prefix+"-")
	if !ok {
		return false
	}
	n, err := strconv.ParseUint(suffix, 16, 32)
	return err == nil && n < uint64(1)<<b.Bits && b.name(uint32(n)) == role
}

// edge is the delegation to one bin. Clients look no further than in it.
func (b *bins) edge(role model.RoleName) model.Delegation {
	return model.Delegation{Name: role, KeyIDs: b.keyIDs, Threshold: b.threshold, Bins: &b.HashBins, Terminating: true}
}
