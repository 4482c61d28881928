"""Speaks words with espeak-ng, in many voices, for docs/tutorial-words.md.

    python examples/speak.py words yes no stop go

writes words/yes/00.wav and so on: 16 kHz, 16 bits, stereo, as a recorder of two microphones does.
It needs `pip install espeakng-loader`, which brings espeak-ng.
"""

import argparse
import ctypes
import wave
from pathlib import Path
from typing import Any

import espeakng_loader
import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

RATE = 16_000
VOICES = [f"{accent}+{who}" for accent in ("en-us", "en-gb") for who in ("m1", "m3", "f1", "f4")]
SYNCHRONOUS, SPEED, PITCH = 2, 1, 3  # names and numbers of espeak-ng's speak_lib.h
Samples = npt.NDArray[np.float64]


class Speaker:
    """espeak-ng, from the wheel."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate = self._library.espeak_Initialize(SYNCHRONOUS, 0, data, 0)
        self._heard: list[npt.NDArray[np.int16]] = []
        listener = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_int16), ctypes.c_int, ctypes.c_void_p
        )
        self._listen = listener(self._keep)  # kept, because the library calls it later
        self._library.espeak_SetSynthCallback(self._listen)

    def _keep(self, samples: Any, count: int, events: int) -> int:
        if samples and count:
            self._heard.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def say(self, word: str, voice: str, speed: int, pitch: int) -> Samples:
        """Speak a word; numbers of -1..1, ``RATE`` a second."""
        self._heard.clear()
        self._library.espeak_SetVoiceByName(voice.encode())
        self._library.espeak_SetParameter(SPEED, speed, 0)
        self._library.espeak_SetParameter(PITCH, pitch, 0)
        text = word.encode()
        self._library.espeak_Synth(text, len(text) + 1, 0, 1, 0, 1, None, None)
        return resample_poly(np.concatenate(self._heard) / 32768, RATE, self.rate)


def stereo(sound: Samples, rng: np.random.Generator) -> npt.NDArray[np.int16]:
    """Hear a word with two microphones, some silence before and after it, and noise."""
    whole = np.pad(sound, rng.integers(RATE // 20, RATE // 5, 2))
    both = whole[:, None] * rng.uniform(0.3, 0.9, 2) + rng.normal(0, 0.003, (len(whole), 2))
    return np.rint(np.clip(both, -1, 1) * 32767).astype(np.int16)


def main() -> None:
    """Write the words."""
    parser = argparse.ArgumentParser(description=__doc__.partition(";")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("words", nargs="+")
    parser.add_argument("--times", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    speaker, rng = Speaker(), np.random.default_rng(asked.seed)
    for word in asked.words:
        folder = asked.folder / word
        folder.mkdir(parents=True)
        for number in range(asked.times):
            voice = VOICES[number % len(VOICES)]
            speed, pitch = (int(rng.integers(*ends)) for ends in ((130, 220), (20, 80)))
            samples = stereo(speaker.say(word, voice, speed, pitch), rng)
            with wave.open(str(folder / f"{number:02}.wav"), "wb") as file:
                file.setnchannels(2)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes(samples.tobytes())


if __name__ == "__main__":
    main()
