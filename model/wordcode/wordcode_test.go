package wordcode_test

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"trustdeck/model/wordcode"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	out, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The vectors of BIP-39: what others make of the same bytes.
func TestVectors(t *testing.T) {
	tests := []struct{ data, words string }{
		{"00000000000000000000000000000000", strings.Repeat("abandon ", 11) + "about"},
		{"7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f", "legal winner thank year wave sausage worth useful legal winner thank yellow"},
		{"ffffffffffffffffffffffffffffffffffffffffffffffff", strings.Repeat("zoo ", 17) + "when"},
		{"0000000000000000000000000000000000000000000000000000000000000000", strings.Repeat("abandon ", 23) + "art"},
		{
			"f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f",
			"void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold",
		},
	}
	for _, test := range tests {
		got, err := wordcode.Encode(unhex(t, test.data))
		if want := strings.Fields(test.words); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", test.data, got, err)
		}
		back, err := wordcode.Decode(test.words)
		if err != nil || !bytes.Equal(back, unhex(t, test.data)) {
			t.Errorf("%s: %x, %v", test.words, back, err)
		}
	}
}

func TestDecodeTakesWhatPeopleType(t *testing.T) {
	for _, typed := range []string{
		"LEGAL winner\tthank\n year wave sausage worth useful legal winner thank yellow ",
		"lega winn than year wave saus wort usef lega winn than yell",
	} {
		if got, err := wordcode.Decode(typed); err != nil || hex.EncodeToString(got) != strings.Repeat("7f", 16) {
			t.Errorf("%q: %x, %v", typed, got, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, n := range []int{0, 1, 15, 17, 31, 33, 64} {
		if got, err := wordcode.Encode(make([]byte, n)); err == nil || !strings.Contains(err.Error(), "have no words") {
			t.Errorf("%d bytes: %v, %v", n, got, err)
		}
	}
	right := "legal winner thank year wave sausage worth useful legal winner thank yellow"
	tests := []struct{ text, want string }{
		{"", "there are 0 words"},
		{"legal winner thank", "there are 3 words"},
		{strings.TrimSuffix(right, " yellow"), "there are 11 words"},
		{right + " " + right + " " + right, "there are 36 words"},
		{strings.Replace(right, "sausage", "sausages", 1), `word 6 is not in the word list: "sausages"`},
		{strings.Replace(right, "sausage", "sau", 1), `word 6 is not in the word list: "sau"`},
		{strings.Replace(right, "sausage", "\x1b[2Jé", 1), `word 6 is not in the word list: "\x1b[2j\u00e9"`},
		{"winner legal thank year wave sausage worth useful legal winner thank yellow", "the checksum doesn't match"},
		{strings.Repeat("zoo ", 12), "the checksum doesn't match"},
		{strings.Repeat("x", 300), `word 1 is not in the word list: "` + strings.Repeat("x", 40) + `"`},
		{strings.Repeat("zoo ", 5000), "too long"},
	}
	for _, test := range tests {
		if got, err := wordcode.Decode(test.text); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %x, %v; want %s", test.text, got, err, test.want)
		}
	}
}

// A wrong word is noticed unless chance has made the checksum right: 1 in 256 with 24 words.
func TestWrongWordsAreNoticed(t *testing.T) {
	right, err := wordcode.Encode(unhex(t, "f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f"))
	if err != nil {
		t.Fatal(err)
	}
	missed := 0
	for i := range right {
		for _, other := range right {
			wrong := slices.Clone(right)
			if wrong[i] == other {
				continue
			}
			wrong[i] = other
			if _, err := wordcode.Decode(strings.Join(wrong, " ")); err == nil {
				missed++
			}
		}
	}
	if missed > 8 {
		t.Errorf("%d of %d wrong words were not noticed", missed, len(right)*(len(right)-1))
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("legal winner thank year wave sausage worth useful legal winner thank yellow")
	f.Add("zoo zoo zoo")
	f.Add("\x00 \xff")
	f.Fuzz(func(t *testing.T, text string) {
		data, err := wordcode.Decode(text)
		if err != nil {
			return
		}
		again, err := wordcode.Encode(data)
		if err != nil {
			t.Fatalf("%q is %x, which has no words: %v", text, data, err)
		}
		back, err := wordcode.Decode(strings.Join(again, " "))
		if err != nil || !bytes.Equal(back, data) {
			t.Fatalf("%q: %x, then %x, %v", text, data, back, err)
		}
	})
}

func FuzzEncode(f *testing.F) {
	f.Add(make([]byte, 32))
	f.Fuzz(func(t *testing.T, data []byte) {
		words, err := wordcode.Encode(data)
		if err != nil {
			return
		}
		if back, err := wordcode.Decode(strings.Join(words, " ")); err != nil || !bytes.Equal(back, data) {
			t.Fatalf("%x: %v, then %x, %v", data, words, back, err)
		}
	})
}
