package pivcard_test

import (
	"testing"
	"time"

	"trustdeck/e2e/card"
	"trustdeck/e2e/pivcard"
)

// Both software cards get the same commands. They are independent of each other, so where they
// answer alike, that is no accident; each difference is one that is meant, with what decides it.
func TestUnlike(t *testing.T) {
	const same = ""
	rows := []struct {
		command string
		// first and this are the status words of package card and of this one, and why is what
		// the latter follows.
		first, this, why string
	}{
		{selectPIV, "9000", same, ""},
		{"00a40400 04 a0000003", "6a86", "6a82", "SP 800-73-4, part 2, 3.1.1: no such application"},
		{"00fd0000", "9000", same, ""},
		{"00f80000", "9000", same, ""},
		{"00aa0000", "6d00", same, ""},
		{"00fd00", "6700", same, ""},
		{"80fd0000", "9000", "6e00", "ISO/IEC 7816-4: another class"},
		{"00fd0100", "9000", "6a86", "ISO/IEC 7816-4: wrong parameters"},
		{"10fd0000", "9000", "6884", "SP 800-73-4, part 2, table 2: only some commands are chained"},
		{"00c00000", "9000", "6985", "CanoKey: nothing is left to get"},
		{"00cb3fff 05 5c035fc102", "6a82", same, ""},
		{"00cb3fff 05 5c035fc109", "6982", same, ""},
		{"00cb3fff 03 5c017e", "9000", same, ""},
		{"00cb0000 05 5c035fc102", "6a80", "6a86", "ISO/IEC 7816-4: wrong parameters"},
		{"00db3fff 0a 5c035fc102 5303010203", "6982", same, ""},
		{"00f70080", "9000", same, ""},
		{"00f7009b", "9000", same, ""},
		{"00f7009c", "6a88", same, ""},
		{"0087119c 06 7c0482008100", "6a88", "6985", "CanoKey and piv-authenticator; ykman expects 6a80"},
		{"0087119b 04 7c028000", "6a80", "6a86", "CanoKey, PivApplet, piv-authenticator: another algorithm"},
		{"00f99c00", "6a88", "6a80", "piv-go takes it for an empty slot"},
		{"0047009c 05 ac03800111", "6982", same, ""},
		{"00fb0000", "6985", same, ""},
		{askPIN, "63c3", same, ""},
		{wrongPIN, "63c2", same, ""},
		{askPIN, "63c2", same, ""},
		{"00200080 03 313233", "6a80", same, ""},
		{"00200081 08 3132333435363738", "6a88", same, ""},
		{verify, "9000", same, ""},
		{askPIN, "9000", same, ""},
		{selectPIV, "9000", same, ""},
		{askPIN, "63c3", "9000", "SP 800-73-4, part 2, 3.1.1: selected again, it keeps its status"},
		{"00a40400 05 a000000999", "6a82", same, ""},
		{selectManagement, "9000", same, ""},
		{selectPIV, "9000", same, ""},
		{askPIN, "63c3", same, ""},
		{"00240080 10 313233343536ffff 3132ffffffffffff", "6a80", same, ""},
		{"00240080 10 313233343536ffff 363534333231ffff", "9000", same, ""},
		{"00240080 08 3132333435363738", "6700", "6a80", "Yubico: the data don't have 16 bytes"},
		{"002c0080 10 3030303030303030 363534333231ffff", "63c2", same, ""},
		{"002c0080 10 3132333435363738 313233343536ffff", "9000", same, ""},
		{wrongPIN, "63c2", same, ""},
		{wrongPIN, "63c1", same, ""},
		{wrongPIN, "63c0", "6983", "CanoKey and piv-authenticator"},
		{verify, "6983", same, ""},
		{askPIN, "6983", "63c0", "CanoKey and piv-authenticator"},
	}
	first, err := card.New(card.Config{Firmware: card.V543, Serial: serial, TouchLimit: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	lines := []*line{{T: t, card: first}, plug(t, pivcard.Config{Firmware: pivcard.V543, Serial: serial})}
	lines[0].insert()
	t.Cleanup(first.Remove)
	for _, row := range rows {
		var got [2]string
		for i, l := range lines {
			answer := l.sends(row.command)
			got[i] = answer[len(answer)-4:]
		}
		want := [2]string{row.first, row.this}
		if row.this == same {
			want[1] = row.first
		}
		if got != want || (row.why == "") != (row.this == same) {
			t.Errorf("%s: the first card answers %s, this one %s; want %s", row.command, got[0], got[1], want)
		}
	}
}
