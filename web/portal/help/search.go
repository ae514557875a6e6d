package help

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/e-onay/e-onay/internal/message"
)

const (
	maxQuery  = 200 // bytes; what is longer is cut
	maxWords  = 16  // of a query that are searched for
	maxWord   = 40  // bytes of one word that count
	maxFound  = 5
	minPrefix = 3
	// What is found counts from leastScore on, and from a part of the best one's score.
	leastScore = 2.0
	leastShare = 0.5
	// A question that is asked whole counts half as much again.
	bonusOfWhole = 0.5
)

// index finds answers by words of their sentences, in both languages at once.
type index struct{ entries []entry }

// entry is an answer with its words and their weights.
type entry struct {
	answer    answer
	words     map[string]float64
	questions [2][]string // the question's words in each language
}

const (
	weightOfQuestion = 3
	weightOfAnswer   = 1
)

func newIndex(answers []answer) *index {
	x := &index{}
	for _, a := range answers {
		question := message.Sentence(a.Question())
		e := entry{a, map[string]float64{}, [2][]string{wordsOf(question.TR), wordsOf(question.EN)}}
		for _, part := range []struct {
			key    string
			weight float64
		}{{a.Answer(), weightOfAnswer}, {a.words(), weightOfQuestion}, {a.Question(), weightOfQuestion}} {
			s := message.Sentence(part.key)
			for _, word := range wordsOf(s.TR + " " + s.EN) {
				e.words[word] = max(e.words[word], part.weight)
			}
		}
		x.entries = append(x.entries, e)
	}
	return x
}

// search returns the answers for a query, the best first.
func (x *index) search(query string) []answer {
	words := wordsOf(query)
	words = words[:min(len(words), maxWords)]
	type scored struct {
		answer
		score float64
	}
	all := make([]scored, len(x.entries))
	for i, e := range x.entries {
		all[i].answer = e.answer
	}
	for _, asked := range words {
		scores, in := x.score(asked)
		for i := range all {
			// A word that few answers have says more.
			all[i].score += scores[i] * math.Log(1+float64(len(all))/float64(max(1, in)))
		}
	}
	for i, e := range x.entries {
		all[i].score *= 1 + bonusOfWhole*max(share(e.questions[0], words), share(e.questions[1], words))
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var found []answer
	for _, one := range all[:min(len(all), maxFound)] {
		if one.score >= leastScore && one.score >= leastShare*all[0].score {
			found = append(found, one.answer)
		}
	}
	return found
}

// score returns how well a word fits each answer, and how many it fits at all.
func (x *index) score(asked string) (scores []float64, in int) {
	scores = make([]float64, len(x.entries))
	for i, e := range x.entries {
		for word, weight := range e.words {
			scores[i] = max(scores[i], likeness(asked, word)*weight)
		}
		if scores[i] > 0 {
			in++
		}
	}
	return scores, in
}

// share is how much of a question's words are among those that are asked.
func share(question, asked []string) float64 {
	found := 0
	for _, word := range question {
		if slices.Contains(asked, word) {
			found++
		}
	}
	return float64(found) / float64(max(1, len(question)))
}

// likeness compares two words without knowing the language's grammar: Turkish words change at their end, so what begins alike
// is mostly the same word ("kart", "kartımı"; "unuttum", "unutursam"). It is 1 for the same word and 0 for others.
func likeness(a, b string) float64 {
	if a == b {
		return 1
	}
	shorter, longer := min(len(a), len(b)), max(len(a), len(b))
	common := 0
	for common < shorter && a[common] == b[common] {
		common++
	}
	share := float64(common) / float64(longer)
	switch {
	case common == shorter && common >= minPrefix:
		return 0.4 + 0.5*share
	case common > minPrefix && share >= 0.5:
		return 0.6 * share
	}
	return 0
}

// ignored are words of questions that say nothing of what is asked, folded.
var ignored = func() map[string]bool {
	all := map[string]bool{}
	for _, word := range strings.Fields(`bir ve ile icin bu su ne nasil neden niye hangi kim mi mu da de ki ben benim bana beni sen siz
		nedir nerede nereden var yok olur oldu olan ama veya ya gibi daha cok en her sey yapabilirim yapmaliyim yaparim yapilir yapmam gerekiyor lazim istiyorum
		the an is are was do does did how what which who why can could should must to of in on at and or for with from it its this that
		be have has my me you your am not when where there`) {
		all[word] = true
	}
	return all
}()

// wordsOf returns the folded words of a text that say something, each once. What follows an apostrophe is an ending.
func wordsOf(text string) []string {
	text = fold(text)
	var words []string
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '\'' }) {
		word, _, _ := strings.Cut(field, "'")
		if len(word) > maxWord {
			word = strings.ToValidUTF8(word[:maxWord], "")
		}
		if len(word) > 1 && !ignored[word] && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

// letters are those that people type with or without their marks, and one of which two languages write differently in capitals.
var letters = map[rune]rune{
	'İ': 'i', 'I': 'i', 'ı': 'i', 'ş': 's', 'ğ': 'g', 'ü': 'u', 'ö': 'o', 'ç': 'c', 'â': 'a', 'î': 'i', 'û': 'u', '’': '\'', '‘': '\'', '`': '\'',
}

// fold writes a text as it is compared: small letters without marks.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1 // the mark of a letter that was typed in two parts
		}
		if folded, ok := letters[r]; ok {
			return folded
		}
		r = unicode.ToLower(r)
		if folded, ok := letters[r]; ok {
			return folded
		}
		return r
	}, text)
}
