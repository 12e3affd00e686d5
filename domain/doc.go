// Package domain is what the business means: who may have access to what, as what and until when,
// and which changes to that are allowed.
//
// Here belong types, rules, state transitions and the reading of form drafts into values.
// Here do not belong SQL, HTTP, HTML, words for people, the clock or randomness: time comes in as
// an argument, problems go out as codes. It imports the standard library and x/text only.
package domain
