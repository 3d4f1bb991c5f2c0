package tuitest

import (
	"strings"

	"trustdeck/model"
	"trustdeck/tui/flow"
)

// CustomFile has custom data of a target.
const CustomFile = "custom.json"

// Image is what a registry serves.
func Image(content string) model.Manifest {
	return model.Manifest{Digest: "sha256:" + strings.Repeat(content, 32), Size: 999, MediaType: "application/vnd.oci.image.index.v1+json"}
}

// SigningAnswers are right answers to the questions about signing that no others have; none
// for other questions. file is one of Files.
func SigningAnswers(step *flow.Step, file string) []string {
	return map[string][]string{
		"tags": {"v1", "v9"}, "source": {"v1"}, "target": {"notes.txt"}, "file": {file, ""}, "size": {"999"}, "custom": {CustomFile},
		"digest": {strings.Repeat("ab", 32)}, "sha256": {strings.Repeat("cd", 32), ""}, "sha512": {strings.Repeat("ef", 64)},
	}[step.ID]
}
