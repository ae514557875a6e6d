package help

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/message"
)

func everyAnswer() (all []answer) {
	for _, t := range catalogue {
		all = append(all, t.Answers...)
	}
	return all
}

// TestSearch asks as people write: with other endings, without Turkish letters, in capitals, in English.
func TestSearch(t *testing.T) {
	x := newIndex(everyAnswer())
	for query, want := range map[string]string{
		"PIN kodum kilitlendi ne yapabilirim?": "pin-blocked",
		"kartım bloke oldu":                    "pin-blocked",
		"KARTIM KİLİTLENDİ":                    "pin-blocked",
		"kartim kilitlendi":                    "pin-blocked",
		"üç kere yanlış şifre girdim":          "pin-blocked",
		"my card is locked":                    "pin-blocked",
		"Sertifikam ne zaman sona eriyor?":     "expiry",
		"sertifikamın bitiş tarihi":            "expiry",
		"when does it expire":                  "expiry",
		"PIN kodumu nasıl öğrenebilirim?":      "pin-where",
		"pin’imi unuttum":                      "pin-where",
		"sifremi unuttum":                      "pin-where",
		"I forgot my PIN":                      "pin-where",
		"pin değiştirmek istiyorum":            "pin-change",
		"puk kodu nerede":                      "puk",
		"kart okuyucu görünmüyor":              "card-missing",
		"okuyucumu tanimiyor":                  "card-missing",
		"reader not detected":                  "card-missing",
		"akis sürücüsü":                        "card-missing",
		"kartımı kaybettim":                    "card-lost",
		"kartım çalındı":                       "card-lost",
		"my card was stolen":                   "card-lost",
		"program kurulu değil":                 "program-missing",
		"eklentiyi nereden indiririm":          "extension",
		"safari destekleniyor mu":              "browser",
		"internet explorer":                    "browser",
		"yeni bilgisayara geçtim":              "new-computer",
		"iphone ile imza":                      "mobile",
		"cep telefonumdan imzalayabilir miyim": "mobile",
		"macbook":                              "mac",
		"pardus":                               "linux",
		"Linux'ta çalışır mı":                  "linux",
		"proxy engelliyor":                     "network",
		"güvenlik duvarı":                      "network",
		"java kurmam gerekiyor mu":             "java",
		"e-onay nedir":                         "what",
		"onayımı nasıl kaldırırım":             "withdraw",
		"E-Onayı geri almak istiyorum":         "withdraw",
		"how to withdraw":                      "withdraw",
		"15 haneli kodun süresi doldu":         "code",
		"imzam hâlâ bekliyor":                  "pending",
		"p7s dosyası doğrulama":                "verify",
		"verify a signed pdf":                  "verify",
		"taahhütname nerede":                   "texts",
		"nasıl başvuru yaparım":                "apply",
		"sertifikamı yenilemek istiyorum":      "renewal",
		"kurye gelmedi":                        "courier",
		"kargom nerede":                        "courier",
		"ücreti ne kadar":                      "fees",
		"ıslak imza":                           "paper",
		"giriş yapamıyorum":                    "login",
		"e-devlet şifresi":                     "login",
		"güvenlik sözü":                        "phrase",
		"security phrase":                      "phrase",
		"KVKK kişisel verilerim":               "privacy",
		"bilgisayarlarım listesi":              "machines",
		"hata kodu":                            "error",
	} {
		found := x.search(query)
		if len(found) == 0 || found[0].ID != want {
			var ids []string
			for _, a := range found {
				ids = append(ids, a.ID)
			}
			t.Errorf("%q finds %v, want %s first", query, ids, want)
		}
	}
	for _, query := range []string{"", "?", "ne nasıl bir", "qwzx", "hava nasıl yarın", "the and of"} {
		if found := x.search(query); len(found) > 0 {
			t.Errorf("%q finds %s", query, found[0].ID)
		}
	}
}

// TestSearchIsBounded puts what would be found behind as many words as are searched for, and behind as many bytes.
func TestSearchIsBounded(t *testing.T) {
	x := newIndex(everyAnswer())
	var words []string
	for i := range maxWords {
		words = append(words, "qw"+strings.Repeat("x", i+1))
	}
	if found := x.search(strings.Join(words[1:], " ") + " pardus"); len(found) == 0 {
		t.Error("the last word that counts is not searched for")
	}
	if found := x.search(strings.Join(words, " ") + " pardus"); len(found) > 0 {
		t.Error("a word too many is searched for")
	}
	for _, text := range []string{strings.Repeat("a", maxQuery+1), strings.Repeat("ş", maxQuery), "a" + strings.Repeat("ş", maxQuery)} {
		if got := cut(text, maxQuery); len(got) > maxQuery || len(got) < maxQuery-1 || !utf8.ValidString(got) {
			t.Errorf("%d bytes are cut to %d", len(text), len(got))
		}
	}
}

// TestEachQuestionFindsItsAnswer asks each question as it is written, in both languages.
func TestEachQuestionFindsItsAnswer(t *testing.T) {
	all := everyAnswer()
	x := newIndex(all)
	if len(all) < 25 {
		t.Errorf("there are %d answers", len(all))
	}
	for _, a := range all {
		s := message.Sentence(a.Question())
		for _, question := range []string{s.TR, s.EN, strings.ToUpper(s.EN)} {
			if found := x.search(question); len(found) == 0 || found[0].ID != a.ID {
				t.Errorf("%q does not find %s first: %v", question, a.ID, found)
			}
		}
	}
}

// TestFold writes one word as keyboards and programs do.
func TestFold(t *testing.T) {
	for _, written := range []string{"IŞIĞIN", "ışığın", "isigin", "Işığın", "is\u0327ig\u0306in", "İŞİĞİN"} {
		if got := fold(written); got != "isigin" {
			t.Errorf("%q is %q", written, got)
		}
	}
}

func FuzzSearch(f *testing.F) {
	x := newIndex(everyAnswer())
	for _, query := range []string{"PIN kodum kilitlendi", "İ\u0307ı’'", "\xff\xfe", strings.Repeat("kart ", 200), strings.Repeat("ş", 300)} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		query = cut(query, maxQuery)
		if len(query) > maxQuery || !utf8.ValidString(query) {
			t.Fatalf("%q is not cut", query)
		}
		if found := x.search(query); len(found) > maxFound {
			t.Fatalf("%d answers", len(found))
		}
	})
}
