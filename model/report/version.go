package report

// Version is the answer of "trustdeck version".
type Version struct {
	Answer
	Version string `json:"version"`
	// Revision of the source, and whether it was altered; absent where the
	// build does not know.
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified"`
	// Go is the version of the compiler.
	Go string `json:"go"`
	// Platform is operating system and processor, as "linux/amd64".
	Platform string `json:"platform"`
}

// NewVersion completes v.
func NewVersion(v Version) Version {
	v.Answer = answer("version")
	return v
}
