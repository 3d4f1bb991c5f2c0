package report

import "trustdeck/model"

// Upload is the answer of "trustdeck publish --to".
type Upload struct {
	Answer
	Repository string `json:"repository"`
	// Folder holds what is published.
	Folder string `json:"folder"`
	// Files are to be uploaded, in this order.
	Files []string `json:"files"`
}

// NewUpload makes the answer.
func NewUpload(gun model.GUN, dir string, files []string) Upload {
	return Upload{Answer: answer("upload"), Repository: string(gun), Folder: dir, Files: each(files, func(name string) string { return name })}
}
