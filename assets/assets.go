// Package assets holds the files embedded in trustdeck. Only cmd imports it, and passes
// their contents on.
package assets

import "embed"

// Settings is the help page about settings.
//
//go:embed help/settings.txt
var Settings string

// Lessons are the texts of the practice world's lessons, in TOML.
//
//go:embed practice/lessons.toml
var Lessons string

// PracticeKeys are the key files of the practice world's trust folder, below
// practice/keys. They are published and protect nothing.
//
//go:embed practice/keys
var PracticeKeys embed.FS

// PracticeOwnKeys are those of the practice world's own key folder of trustdeck, below
// practice/own-keys. They are published and protect nothing.
//
//go:embed practice/own-keys
var PracticeOwnKeys embed.FS
