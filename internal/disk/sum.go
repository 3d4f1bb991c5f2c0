package disk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Sum is the SHA-256 of content in hexadecimal.
func Sum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// SafeName makes a file name that is safe on every file system, whatever name holds and
// however long it is. The content of the file tells what it stands for.
func SafeName(name string) string { return Sum([]byte(name))[:sha256.Size] }

// SumLine puts the Sum of a text before it, and a line feed behind, so that a line that
// was cut off or altered is seen.
func SumLine(text []byte) []byte { return fmt.Appendf(nil, "%s %s\n", Sum(text), text) }

// ParseSumLine returns the text of a SumLine, which may lack the line feed. ok is false
// where it is not whole.
func ParseSumLine(line []byte) (text []byte, ok bool) {
	sum, text, ok := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	return text, ok && string(sum) == Sum(text)
}
