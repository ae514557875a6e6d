package protocol

import "strings"

// MediaTypeText is plain text, in UTF-8.
const MediaTypeText = "text/plain"

// MediaLimit is the largest document of a media type, in bytes.
type MediaLimit struct {
	MediaType string
	Size      int64
}

// MediaLimits are the media types whose documents have a limit of their own.
var MediaLimits = []MediaLimit{
	{MediaTypeText, MaxTextDocument},
}

// MaxSize is the largest document of a media type, in bytes.
func MaxSize(mediaType string) int64 {
	for _, l := range MediaLimits {
		if l.MediaType == mediaType {
			return l.Size
		}
	}
	return MaxRequest
}

// IsMediaType reports whether s is a media type (RFC 6838, 4.2) in small letters and without parameters, of at most
// MaxMediaType characters.
func IsMediaType(s string) bool {
	kind, subtype, ok := strings.Cut(s, "/")
	return ok && len(s) <= MaxMediaType && isRestrictedName(kind) && isRestrictedName(subtype)
}

// isRestrictedName reports whether s is a restricted-name of RFC 6838, 4.2, in small letters.
func isRestrictedName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (i == 0 || strings.IndexByte("!#$&-^_.+", c) < 0) {
			return false
		}
	}
	return s != ""
}
