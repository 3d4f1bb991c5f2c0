package screen

import "trustdeck/model"

// Lesson is a repository of the practice world and what it teaches.
type Lesson struct {
	// Slug names the lesson in routes.
	Slug  string
	Title string
	GUN   model.GUN
	// Story says what has happened, Look what to look at, Try what to try. They
	// are sentences.
	Story     string
	Look, Try []string
}
