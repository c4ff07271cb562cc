// SPDX-License-Identifier: Apache-2.0
// Our SM2, SM3 and SM4 before sm-crypto, and sm-crypto's before ours. The argument is the program
// sm_words. Ends with `N passed, N failed, N skipped`.
'use strict'
const {execFileSync} = require('child_process')
const {createHash} = require('crypto')
const {sm2, sm3, sm4} = require('sm-crypto')

const ID = '1234567812345678'
// GB/T 32918.5: the order of the group
const N = 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123'
// Around the ends of SM3's blocks; and more than one piece of input.
const LENGTHS = [0, 1, 3, 31, 32, 33, 55, 56, 63, 64, 65, 119, 120, 127, 128, 1000, 5000]

let passed = 0
let failed = 0
const questions = []

function count(name, good) {
  if (good) return passed++
  failed++
  console.log(`FAIL ${name}`)
}

// What our side is asked, and what becomes of its answer. All questions of a round go to one run.
function ask(words, use) {
  questions.push({line: words.map(word => word === '' ? '-' : word).join(' '), use})
}

function round() {
  const asked = questions.splice(0)
  const answers = execFileSync(process.argv[2], {
    input: asked.map(question => question.line + '\n').join(''), encoding: 'utf8',
  }).split('\n').slice(0, -1)
  count('every question is answered', answers.length === asked.length)
  asked.forEach((question, i) => question.use(answers[i]))
}

const hex = bytes => Buffer.from(bytes).toString('hex')
const bytes = text => [...Buffer.from(text, 'hex')]
const message = length => [...createHash('shake256', {outputLength: Math.max(length, 1)})
  .update(`message ${length}`).digest()].slice(0, length)
const flip = (text, place) => text.slice(0, place) +
  (parseInt(text[place], 16) ^ 1).toString(16) + text.slice(place + 1)
// ECPrivateKey of RFC 5915 with the curve's name
const keyFile = d => `30310201010420${d}a00a06082a811ccf5501822d`
const point = key => key.publicKey.slice(2)
const raw = (r, s) => r + s

function integer(text) {
  let value = text.replace(/^(00)+(?=..)/, '')
  if (parseInt(value[0], 16) >= 8) value = '00' + value
  return '02' + length(value) + value
}
function length(value) {
  const n = (value.length / 2).toString(16).padStart(2, '0')
  return n.length === 2 && n < '80' ? n : n.length === 2 ? '81' + n : '82' + n.padStart(4, '0')
}
const sequence = content => '30' + length(content) + content

const accepts = (der, message, key, more) => {
  try {
    return sm2.doVerifySignature(message, der, key.publicKey, {hash: true, userId: ID, ...more})
  } catch (error) {
    return false // it throws at some forms
  }
}

// --- Signatures of ours before sm-crypto -----------------------------------------------------------

function ours(text, key, other) {
  const name = `our signature of ${text.length} octets`
  ask(['sign', keyFile(key.privateKey), hex(text)], der => {
    const last = der.length - 1
    count(name, accepts(der, text, key, {der: true}))
    count(`${name}, another key`, !accepts(der, text, other, {der: true}))
    count(`${name}, another ID`, !accepts(der, text, key, {der: true, userId: 'ALICE123@YAHOO.COM'}))
    count(`${name}, no ID`, !accepts(der, text, key, {der: true, userId: ''}))
    count(`${name}, s changed`, !accepts(flip(der, last), text, key, {der: true}))
    count(`${name}, r changed`, !accepts(flip(der, 20), text, key, {der: true}))
    count(`${name}, a longer message`, !accepts(der, [...text, 0], key, {der: true}))
    ask(['raw', der], value => {
      count(`${name}, raw`, value.length === 128 && accepts(value, text, key))
      count(`${name}, raw, changed`, !accepts(flip(value, 5), text, key))
      count(`${name}, raw, halves exchanged`,
        !accepts(value.slice(64) + value.slice(0, 64), text, key))
    })
  })
}

// --- Signatures of sm-crypto before ours -----------------------------------------------------------

function verdict(name, key, text, signature, good) {
  ask(['verify', point(key), hex(text), signature],
    answer => count(name, answer === (good ? 'good' : 'refused')))
}

function theirs(text, key, other) {
  const name = `a signature of sm-crypto of ${text.length} octets`
  const sign = more => sm2.doSignature(text, key.privateKey, {hash: true, userId: ID, ...more})
  const der = sign({der: true})
  const value = sign({publicKey: key.publicKey})
  const r = value.slice(0, 64)
  const s = value.slice(64)
  const zero = '0'.repeat(64)

  verdict(name, key, text, der, true)
  verdict(`${name}, raw`, key, text, value, true)
  verdict(`${name}, raw as DER`, key, text, sequence(integer(r) + integer(s)), true)
  verdict(`${name}, without its own ID`, key, text, sign({userId: undefined}), true)
  verdict(`${name}, another ID`, key, text, sign({userId: 'ALICE123@YAHOO.COM'}), false)
  verdict(`${name}, without ZA`, key, text, sm2.doSignature(bytes(sm3(text)), key.privateKey,
    {hash: false}), false)
  verdict(`${name}, another key`, other, text, der, false)
  verdict(`${name}, a longer message`, key, [...text, 0], der, false)
  verdict(`${name}, r changed`, key, text, flip(value, 40), false)
  verdict(`${name}, s changed`, key, text, flip(value, 127), false)
  verdict(`${name}, halves exchanged`, key, text, raw(s, r), false)
  verdict(`${name}, r = 0`, key, text, raw(zero, s), false)
  verdict(`${name}, s = 0`, key, text, raw(r, zero), false)
  verdict(`${name}, s = n`, key, text, raw(r, N), false)
  verdict(`${name}, r + s = n`, key, text,
    raw(r, (BigInt('0x' + N) - BigInt('0x' + r)).toString(16).padStart(64, '0')), false)
  verdict(`${name}, an octet more`, key, text, der + '00', false)
  verdict(`${name}, an octet less`, key, text, value.slice(2), false)
  verdict(`${name}, r with zeros in front`, key, text,
    sequence('0222' + '0000' + r + integer(s)), false)
  if (text.length > 0) verdict(`${name}, message changed`, key,
    [text[0] ^ 0x80, ...text.slice(1)], der, false)
}

// --- SM2 encryption, SM3, SM4 ----------------------------------------------------------------------

// SM2Cipher ::= SEQUENCE { x, y INTEGER, hash, cipherText OCTET STRING } and x || y || C3 || C2
const cipherFile = all => sequence(integer(all.slice(0, 64)) + integer(all.slice(64, 128)) +
  '0420' + all.slice(128, 192) + '04' + length(all.slice(192)) + all.slice(192))

// The content of the element that starts at `place`: from where to where.
function element(der, place) {
  const short = parseInt(der.slice(place + 2, place + 4), 16)
  const more = short < 128 ? 0 : 2 * (short - 128)
  const start = place + 4 + more
  const size = more ? parseInt(der.slice(place + 4, start), 16) : short
  return [start, start + 2 * size]
}

function cipherRaw(der) {
  const parts = []
  for (let [place, end] = element(der, 0); place < end;) {
    const [start, stop] = element(der, place)
    parts.push(der.slice(start, stop))
    place = stop
  }
  const number = text => text.replace(/^00/, '').padStart(64, '0')
  return number(parts[0]) + number(parts[1]) + parts[2] + parts[3]
}

function encryption(text, key) {
  const name = `an envelope for ${text.length} octets`
  const cipher = cipherFile(sm2.doEncrypt(text, key.publicKey, 1))

  ask(['decrypt', keyFile(key.privateKey), cipher], answer => count(`${name} of sm-crypto`,
    answer === hex(text)))
  ask(['decrypt', keyFile(key.privateKey), flip(cipher, cipher.length - 1)],
    answer => count(`${name} of sm-crypto, changed`, answer === 'refused'))
  ask(['encrypt', point(key), hex(text)], der => {
    const plain = sm2.doDecrypt(cipherRaw(der), key.privateKey, 1, {output: 'array'})
    count(`${name} of ours`, hex(plain) === hex(text))
    count(`${name} of ours, changed`, sm2.doDecrypt(flip(cipherRaw(der), 150), key.privateKey, 1,
      {output: 'array'}).length === 0)
  })
}

function symmetric(text) {
  const key = hex(message(16))
  const iv = sm3(key).slice(0, 32)
  const cipher = sm4.encrypt(text, key, {mode: 'cbc', iv})

  ask(['sm3', hex(text)], answer => count(`SM3 of ${text.length} octets`, answer === sm3(text)))
  ask(['sm4', key, iv, hex(text)],
    answer => count(`SM4 of ${text.length} octets`, answer === cipher))
  ask(['sm4open', key, iv, cipher],
    answer => count(`SM4 opened, ${text.length} octets`, answer === hex(text)))
}

function main() {
  const key = sm2.generateKeyPairHex()
  const other = sm2.generateKeyPairHex()
  const texts = LENGTHS.map(message)

  texts.forEach(text => ours(text, key, other))
  texts.forEach(text => theirs(text, key, other))
  texts.filter(text => text.length > 0 && text.length <= 1000).forEach(text => encryption(text, key))
  texts.forEach(symmetric)
  round()
  round() // the raw forms of our signatures
  console.log(`${passed} passed, ${failed} failed, 0 skipped`)
  return failed ? 1 : 0
}

process.exit(main())
