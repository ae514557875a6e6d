package pdf

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
)

// Data returns the decoded data of a stream whose filter is FlateDecode or none, of at most limit bytes.
func (f *File) Data(s *Stream, limit int64) ([]byte, error) { return f.decode(s, limit) }

// decode returns the data of a stream that is part of the structure: as it stands, or by FlateDecode, with a predictor or
// without (ISO 32000-2, 7.4.4). More than limit bytes are refused, however few they were made from.
func (f *File) decode(s *Stream, limit int64) ([]byte, error) {
	filter, parameters, err := f.filterOf(s.Dict)
	if err != nil {
		return nil, err
	}
	section := f.Reader(s.Offset, s.Length)
	if filter == "" {
		if s.Length > limit {
			return nil, malformed("a stream of %d bytes, over the limit of %d", s.Length, limit)
		}
		return f.readAt(s.Offset, s.Length)
	}
	inflated, err := zlib.NewReader(section)
	if err != nil {
		return nil, malformed("the stream at offset %d: %w", s.Offset, err)
	}
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(inflated, limit+1))
	if err != nil {
		return nil, malformed("the stream at offset %d: %w", s.Offset, err)
	}
	if n > limit {
		return nil, malformed("the stream at offset %d has more than %d bytes", s.Offset, limit)
	}
	data, err := unpredict(out.Bytes(), parameters)
	if err != nil {
		return nil, malformed("the stream at offset %d: %w", s.Offset, err)
	}
	return data, nil
}

// filterOf returns the one filter of a stream, or "", and its parameters. Values in these dictionaries may be arrays of one.
func (f *File) filterOf(d Dict) (Name, Dict, error) {
	if d["F"] != nil {
		return "", nil, malformed("a stream of the structure is in another file")
	}
	filter, err := only(d["Filter"])
	if err != nil {
		return "", nil, err
	}
	parameters, err := only(d["DecodeParms"])
	if err != nil {
		return "", nil, err
	}
	dict, isDict := parameters.(Dict)
	if parameters != nil && !isDict {
		return "", nil, malformed("parameters of a filter are no dictionary")
	}
	if filter == nil {
		return "", nil, nil
	}
	name, ok := filter.(Name)
	if !ok || name != "FlateDecode" {
		return "", nil, malformed("a stream of the structure has another filter than FlateDecode")
	}
	return name, dict, nil
}

// only returns the element of an array of one, nil of an empty one, and anything else as it is.
func only(o Object) (Object, error) {
	a, ok := o.(Array)
	switch {
	case !ok:
		return o, nil
	case len(a) == 0:
		return nil, nil
	case len(a) == 1:
		return a[0], nil
	}
	return nil, malformed("a stream of the structure has %d filters", len(a))
}

// unpredict takes back a PNG predictor (ISO 32000-2, 7.4.4.4).
func unpredict(data []byte, parameters Dict) ([]byte, error) {
	predictor := parameters.integer("Predictor", 1)
	if predictor == 1 {
		return data, nil
	}
	colors, bits, columns := parameters.integer("Colors", 1), parameters.integer("BitsPerComponent", 8), parameters.integer("Columns", 1)
	if predictor < 10 || predictor > 15 || colors < 1 || colors > 4 || bits != 8 || columns < 1 || columns > maxPredictor {
		return nil, errors.New("a predictor that structure does not use")
	}
	pixel, row := int(colors), int(colors*columns)
	if len(data)%(row+1) != 0 {
		return nil, errors.New("the last row of a predictor is not whole")
	}
	out := make([]byte, 0, len(data)/(row+1)*row)
	previous := make([]byte, row)
	for len(data) > 0 {
		kind, current := data[0], data[1:row+1]
		if err := unfilter(kind, current, previous, pixel); err != nil {
			return nil, err
		}
		out = append(out, current...)
		previous, data = current, data[row+1:]
	}
	return out, nil
}

// unfilter takes back one row's PNG filter, in place.
func unfilter(kind byte, row, previous []byte, pixel int) error {
	for i := range row {
		var left, upperLeft byte
		if i >= pixel {
			left, upperLeft = row[i-pixel], previous[i-pixel]
		}
		switch kind {
		case 0:
		case 1:
			row[i] += left
		case 2:
			row[i] += previous[i]
		case 3:
			row[i] += byte((int(left) + int(previous[i])) / 2)
		case 4:
			row[i] += paeth(left, previous[i], upperLeft)
		default:
			return errors.New("a predictor's row of an unknown kind")
		}
	}
	return nil
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	pa, pb, pc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// integer returns the integer under key, or otherwise where there is none. A value of another type is -1, which no caller takes.
func (d Dict) integer(key Name, otherwise Integer) Integer {
	switch v := d[key].(type) {
	case nil:
		return otherwise
	case Integer:
		return v
	}
	return -1
}
