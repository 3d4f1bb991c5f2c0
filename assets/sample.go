package assets

import (
	"embed"
	"io/fs"
)

// The prefix all: is needed because folders in an archive begin with '_'.
//
//go:embed all:sample
var files embed.FS

// Sample is an archive of a few repositories that real Notary and Docker clients
// have made, each of which shows something. Its date, at which the demo runs,
// is in its manifest.
func Sample() fs.FS {
	sample, err := fs.Sub(files, "sample")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sample
}
