package message

var window = map[string]entry{}
