package theme

// News follows the name of what has changed since the user looked at it; long says it in a
// word, too.
func (s *Styles) News(long bool) string {
	switch {
	case s.Words:
		return ", changed"
	case long:
		return " " + s.Glyphs.Changed + " changed"
	default:
		return " " + s.Glyphs.Changed
	}
}
