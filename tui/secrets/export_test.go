package secrets

// Held are the passphrases that are kept in memory.
func (o *Opened) Held() [][]byte {
	if o.given == nil {
		return o.known
	}
	return append(o.known[:len(o.known):len(o.known)], o.given)
}
