"""The peer of the benchmark `evaluation`: jieba and rouge_chinese.

Reads one JSON request a line, answers each with one JSON line:
{"do": "first_cut", "text": T}    -> {"seconds": S}, the dictionary's loading included
{"do": "rouge", "pairs": FILE}    -> {"seconds": S, "mean_f1": [rouge-1, rouge-2, rouge-l]}
FILE holds one JSON array [answer, reference] a line.
"""

import json
import logging
import sys
import time

import jieba
from rouge_chinese import Rouge

jieba.setLogLevel(logging.ERROR)


def first_cut(request):
    begin = time.perf_counter()
    jieba.lcut(request["text"])
    return {"seconds": time.perf_counter() - begin}


def rouge(request):
    with open(request["pairs"], encoding="utf-8") as file:
        pairs = [json.loads(line) for line in file]
    scorer = Rouge()
    sums = [0.0, 0.0, 0.0]
    begin = time.perf_counter()
    for answer, reference in pairs:
        scores = scorer.get_scores(" ".join(jieba.lcut(answer)), " ".join(jieba.lcut(reference)))[0]
        for i, name in enumerate(("rouge-1", "rouge-2", "rouge-l")):
            sums[i] += scores[name]["f"]
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "mean_f1": [total / len(pairs) for total in sums]}


for line in sys.stdin:
    request = json.loads(line)
    answer = {"first_cut": first_cut, "rouge": rouge}[request["do"]](request)
    print(json.dumps(answer), flush=True)
