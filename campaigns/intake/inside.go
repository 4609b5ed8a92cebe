package intake

import "io"

// Inside tells the kind of a file by its content, looking into a packed one.
func Inside(r io.Reader) (Kind, error) {
	text, err := unpack(r, 0)
	if err != nil {
		return "", err
	}
	head, err := peek(text)
	if err != nil {
		return "", err
	}
	return Sniff(head), nil
}
