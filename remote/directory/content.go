package directory

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"trustdeck/model"
	"trustdeck/model/port"
)

// maxVersion is more than any version is: numbers in JSON are exact up to it.
const maxVersion = 1 << 53

// stated is the version that a file says it is; ok is false where it says none that can be
// read. It finds files, and judges none.
func stated(raw []byte) (version int64, ok bool) {
	var file struct {
		Signed struct {
			Version int64 `json:"version"`
		} `json:"signed"`
	}
	err := json.Unmarshal(raw, &file)
	return file.Signed.Version, err == nil && file.Signed.Version > 0 && file.Signed.Version < maxVersion
}

// otherVersion refuses a file without a version in its name that plainly is another one
// than is asked for; nil where it may be the one.
func otherVersion(subject string, raw []byte, want int64) *model.Fault {
	have, ok := stated(raw)
	if !ok || have == want {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultNotFound, Subject: subject,
		Text: fmt.Sprintf("it is version %d instead of version %d", have, want),
		Hint: "version " + fmt.Sprint(want) + " is not kept here, or not published yet",
	}
}

// hashed reports whether a file is the one with a SHA-256 in hexadecimal; every file is
// where none is asked for.
func hashed(file port.File, want string) bool {
	sum := sha256.Sum256(file.Bytes)
	return want == "" || hex.EncodeToString(sum[:]) == want
}

// unfinished says why bytes are not the whole of a metadata file; empty where they may be.
func unfinished(raw []byte) string {
	text := bytes.TrimSpace(raw)
	switch {
	case len(text) == 0:
		return "the file is empty"
	case text[len(text)-1] != '}':
		return "the file is cut short: it has no closing brace"
	default:
		return ""
	}
}
