package token

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Version is that of a token's firmware. The zero value is an unknown one.
type Version struct{ Major, Minor, Patch int }

// ParseVersion reads "5.4.3"; anything else is the zero Version.
func ParseVersion(s string) Version {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return Version{}
	}
	var n [3]int
	for i, part := range parts {
		v, err := strconv.ParseUint(part, 10, 8) // each is a byte on the card
		if err != nil {
			return Version{}
		}
		n[i] = int(v)
	}
	return Version{n[0], n[1], n[2]}
}

// String returns "5.4.3", and nothing for an unknown one.
func (v Version) String() string {
	if v == (Version{}) {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// Below reports whether the firmware is older than another; an unknown one is older than none.
func (v Version) Below(other Version) bool {
	return v != (Version{}) && cmp.Or(cmp.Compare(v.Major, other.Major), cmp.Compare(v.Minor, other.Minor), cmp.Compare(v.Patch, other.Patch)) < 0
}
