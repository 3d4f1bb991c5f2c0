// Package wordcode writes bytes as words that people can read aloud and compare, and reads them
// back: the words of BIP-39, in English. The last word has a checksum, so that a wrong word, or
// two that changed places, are noticed. Four letters tell each word from all others.
//
// Entry points: Encode, Decode.
package wordcode

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/cosmos/go-bip39"
)

// The lengths that have words, in bytes: every fourth from 16 to 32. Three words stand for
// four bytes: a SHA-256 has 24.
const (
	minBytes, maxBytes = 16, 32
	unitBytes          = 4
	unitWords          = 3
)

// maxText is longer than any words that Decode takes, with the white space between them.
const maxText = 4096

// letters tell a word from all others.
const letters = 4

// wordsPerLine is how many words stand on a line, so that they can be read aloud in turns.
const wordsPerLine = 6

// Lines are words as lines that can be read aloud in turns: six on each.
func Lines(words []string) []string {
	var out []string
	for line := range slices.Chunk(words, wordsPerLine) {
		out = append(out, strings.Join(line, " "))
	}
	return out
}

// Encode returns the words for bytes.
func Encode(data []byte) ([]string, error) {
	text, err := bip39.NewMnemonic(data)
	if err != nil {
		return nil, fmt.Errorf("%d bytes have no words: only every fourth length from %d to %d has", len(data), minBytes, maxBytes)
	}
	return strings.Fields(text), nil
}

// Decode returns the bytes for words. They may be in upper case, cut to their first four letters,
// and separated by any white space. The error says which word is none, how many are missing, or
// that the checksum doesn't match.
func Decode(text string) ([]byte, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("the text is longer than %d bytes, too long for %d words", maxText, words(maxBytes))
	}
	given := strings.Fields(strings.ToLower(text))
	for i, word := range given {
		whole, ok := find(word)
		if !ok {
			return nil, fmt.Errorf("word %d is not in the word list: %+.40q", i+1, word)
		}
		given[i] = whole
	}
	n := len(given)
	if n%unitWords != 0 || n < words(minBytes) || n > words(maxBytes) {
		return nil, fmt.Errorf("there are %d words; complete are 12, 15, 18, 21 or 24", n)
	}
	sealed, err := bip39.MnemonicToByteArray(strings.Join(given, " "))
	if err != nil {
		return nil, errors.New("the checksum doesn't match: a word is wrong, or two changed places")
	}
	// What comes back ends with the checksum: a bit for each four bytes.
	bytes := n / unitWords * unitBytes
	checksum := uint(bytes / unitBytes)
	return new(big.Int).Rsh(new(big.Int).SetBytes(sealed), checksum).FillBytes(make([]byte, bytes)), nil
}

// words is how many there are for so many bytes.
func words(bytes int) int { return bytes / unitBytes * unitWords }

// find returns the word of the list that is meant.
func find(word string) (string, bool) {
	at, ok := slices.BinarySearch(bip39.WordList, word)
	if ok {
		return word, true
	}
	// The list is sorted, so the word that begins so is the next one.
	if len(word) == letters && at < len(bip39.WordList) && strings.HasPrefix(bip39.WordList[at], word) {
		return bip39.WordList[at], true
	}
	return "", false
}
