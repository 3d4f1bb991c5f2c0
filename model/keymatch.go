package model

import (
	"fmt"
	"slices"
	"strings"
)

// MinKeyDigits is how many digits of a key ID name a key, where no other ID starts with them.
const MinKeyDigits = 7

// MatchKeys returns the IDs that were typed in full or by their first digits, in the order in
// which they were typed. Spaces and upper case don't matter: screens show digits in groups.
// where says in errors whose keys known are: "on this machine". A word that no ID starts with, or
// several do, is refused, and so is a key that is given twice. The error is a *Fault of kind
// FaultUsage.
func MatchKeys(known []KeyID, typed []string, where string) ([]KeyID, error) {
	refuse := func(hint, format string, args ...any) ([]KeyID, error) {
		return nil, &Fault{Kind: FaultUsage, Text: fmt.Sprintf(format, args...), Hint: hint}
	}
	var out []KeyID
	for _, word := range typed {
		digits := strings.ToLower(strings.Join(strings.Fields(word), ""))
		var found []KeyID
		for _, id := range known {
			if digits != "" && strings.HasPrefix(string(id), digits) && !slices.Contains(found, id) {
				found = append(found, id)
			}
		}
		switch {
		case len(found) == 0:
			return refuse("Give a key ID, or its first digits, as the list of keys shows it.", "no key %s has an ID that starts with %q", where, word)
		case len(found) > 1:
			return refuse("Give more digits.", "several keys %s have an ID that starts with %q: %s", where, word, someIDs(found))
		case len(digits) < MinKeyDigits:
			return refuse("Give more digits.", "%q is too short for a key ID: %d digits are needed", word, MinKeyDigits)
		case slices.Contains(out, found[0]):
			return refuse("Give each key once.", "key %s is given twice", found[0].Short())
		}
		out = append(out, found[0])
	}
	return out, nil
}

// someIDs names a few keys.
func someIDs(ids []KeyID) string {
	const most = 4
	var names []string
	for _, id := range ids[:min(most, len(ids))] {
		names = append(names, string(id[:min(16, len(id))]))
	}
	if more := len(ids) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

// KeyIDs are the IDs of private keys, without those that have none.
func KeyIDs(keys []PrivateKey) []KeyID {
	var out []KeyID
	for _, k := range keys {
		if k.ID != "" {
			out = append(out, k.ID)
		}
	}
	return out
}
