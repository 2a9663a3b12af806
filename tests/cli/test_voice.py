#!/usr/bin/env python3
"""What the voice says: every prompt in every language, and no word of it spelled as letters.

    tests/cli/test_voice.py BINARY

The synthesiser's own phonemes are read: a syllable of pinyin must come out as one syllable with its tone, kana and Spanish
without a switch to English (which is how characters that it does not know are spelled). Ends with "N passed, N failed"."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from claims import check, finish  # tests/claims.py

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LANGUAGES = ("en", "zh", "ja", "es")
# The tone that each number stands for, as the phonemes write its contour (third tones are cut or raised by what follows).
TONES = {"1": ("55",), "2": ("35",), "3": ("21", "214", "35"), "4": ("51", "53"), "5": ("11", "22", "33", "44")}
def table():
    """{language: (voice, {prompt: (spoken, written)})}"""
    out, here = {}, None
    with open(os.path.join(ROOT, "alarm", "voice.txt"), encoding="utf-8") as f:
        for line in f:
            line = line.rstrip("\n")
            if line.startswith("language "):
                _, code, voice, _ = line.split()
                here = out.setdefault(code, (voice, {}))[1]
            elif line and not line.startswith("#"):
                name, spoken, written = line.split(" | ")
                check(f"{name} stands once", name not in here)
                here[name] = (spoken, written)
    return out


def phonemes(voice, text):
    return subprocess.run(["espeak-ng", "-q", "-x", "-v", voice, "--", text], capture_output=True, text=True,
                          timeout=60).stdout


def fault(language, text, said):
    """Why these phonemes are not that text, or None."""
    if re.search(r"\([a-z-]+\)", said):
        return "it changes to another language"
    if language == "zh":
        want = re.findall(r"[a-z]+([1-5])", text)
        got = re.findall(r"([1-5]+)\S*?_\|", said)
        if len(want) != len(got):
            return f"{len(got)} syllables instead of {len(want)}"
        wrong = [i for i, (w, g) in enumerate(zip(want, got)) if g not in TONES[w]]
        return f"tone of syllable {wrong[0] + 1}" if wrong else None
    if language == "ja":
        if re.search(r"[^\u3040-\u30ff\s。、！ー]", text):
            return "it is not all kana"
        want = len(re.findall(r"[^ゃゅょャュョんンっッー\s。、！]", text))
        got = len(re.findall(r"[aeiou]", said))
    else:
        vowel = r"[aeiouyáéíóú]+"
        want = len(re.findall(vowel, text.lower()))
        got = len(re.findall(r"[aeiouAEIOUV0@3]+", said))
    return None if 0.7 * want - 1 <= got <= 1.25 * want + 1 else f"{got} vowels instead of about {want}"


def spoken(prompts):
    for language in LANGUAGES:
        voice, lines = prompts[language]
        for name, (text, _) in lines.items():
            said = phonemes(voice, text)
            why = fault(language, text, said)
            check(f"{language}: {name} is spoken", why is None, f"{why}: {text}: {said!r}")
    # and the check finds what it is there for
    for language, text in (("zh", "地震"), ("zh", "dizhen"), ("ja", "地震です"), ("ja", "ゆれ 揺れ"), ("es", "S.I.S.M.O. sdfgh"),
                           ("en", "wdstkxq zrtpw bcdf")):
        why = fault(language, text, phonemes(prompts[language][0], text))
        check(f"{language}: '{text}' would be found out", why is not None)


def same_prompts(prompts):
    for language in LANGUAGES[1:]:
        check(f"{language} says what en says", list(prompts[language][1]) == list(prompts["en"][1]))


def manual_has_them(prompts):
    with open(os.path.join(ROOT, "docs", "sound.md"), encoding="utf-8") as f:
        manual = f.read()
    for name in prompts["en"][1]:
        row = " | ".join([f"| `{name}`"] + [prompts[code][1][name][1] for code in LANGUAGES])
        check(f"docs/sound.md says {name} in every language", row in manual, row)


def program_finds_them(binary, folder):
    """Every instruction, too: the program notes on standard error what is missing."""
    for building, mounting in (("generic", "floor"), ("generic", "basement"), ("house", "ground"), ("weak", "ground"),
                               ("weak", "floor"), ("tower", "floor"), ("school", "floor"), ("hospital", "floor"),
                               ("factory", "floor"), ("hall", "ground"), ("courtyard", "ground")):
        done = subprocess.run([binary, "siren", "--level", "unfit", "--wav", os.path.join(folder, "a.wav"),
                               "--set", "siren.rate_hz=22050", "--set", "voice.languages=zh,en,ja,es", "--set",
                               f"voice.building_type={building}", "--set", f"voice.mounting={mounting}"],
                              capture_output=True, text=True, timeout=120)
        check(f"all prompts of {building}, {mounting} are there", done.returncode == 0 and not done.stderr, done.stderr)


def main():
    if len(sys.argv) != 2:
        print("usage: test_voice.py BINARY", file=sys.stderr)
        return 64
    prompts = table()
    check("all languages are there", sorted(prompts) == sorted(LANGUAGES))
    same_prompts(prompts)
    manual_has_them(prompts)
    if shutil.which("espeak-ng"):
        spoken(prompts)
        with tempfile.TemporaryDirectory() as folder:
            program_finds_them(os.path.abspath(sys.argv[1]), folder)
    else:
        print("SKIPPED the phonemes: no espeak-ng")
    return finish()


if __name__ == "__main__":
    sys.exit(main())
