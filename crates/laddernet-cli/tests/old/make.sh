#!/usr/bin/env bash
# Writes the run folders beside it, with the program that is given: once, by the program of that day. They are what old users
# have, so they are not made again when the program changes; a new format gets folders of its own. README.md says which program
# wrote these.
#
#   make.sh PROGRAM FOLDER
set -euo pipefail
program=$(realpath "$1")
mkdir -p "$2" && cd "$2"
export LADDERNET_INSTRUCTIONS=portable

# train NAME MODEL OPTIONS: a training that comes to its end.
train() {
    local name=$1 model=$2
    shift 2
    "$program" train --quiet --model "$model" --precision f32 --threads 1 --epochs 2 --out "$name" "$@" >/dev/null
}

# stopped NAME SIGNAL FILE MODEL OPTIONS: one that gets a signal as soon as a file of this name lies in its unfinished folder.
stopped() {
    local name=$1 signal=$2 file=$3 model=$4
    shift 4
    "$program" train --quiet --model "$model" --precision f32 --threads 1 --checkpoint-every 0 --out "$name" "$@" >/dev/null &
    local child=$!
    until compgen -G "$name.partial/$file" >/dev/null; do
        kill -0 "$child" || { echo "$name came to its end before it was stopped"; exit 1; }
    done
    kill "-$signal" "$child"
    wait "$child" || true
    compgen -G "$name*/checkpoint-*" >/dev/null || { echo "$name came to its end before it was stopped"; exit 1; }
}

mkdir runs && pushd runs >/dev/null
ladder=(--layers 64-12-10 --no-baseline)
stack=(--layers 64-12-8-10 --pretraining-epochs 2 --top-epochs 1)
gaussian=(--visible gaussian)
train full full "${ladder[@]}"
train full-baseline full --layers 64-12-10 --baseline
train full-validation full "${ladder[@]}" --validation 200 --labels 100 --seed 3
train full-no-lateral full "${ladder[@]}" --no-lateral
train top top "${ladder[@]}"
train bottom bottom "${ladder[@]}"
train mlp mlp "${ladder[@]}" --labels all
train rbm rbm --layers 64-12
train rbm-validation rbm --layers 64-12 --validation 200
train dbn dbn "${stack[@]}" --keep-layers
train deep-autoencoder deep-autoencoder --layers 64-12-4 --pretraining-epochs 2 --keep-layers
train autoencoder autoencoder --layers 64-12 --corruption masking:0.2 --emphasis 1:0.5
train sae sae "${stack[@]}"
train sdae sdae "${stack[@]}" --keep-layers
train gsn gsn --layers 64-12 --walkback 2
train net net --layers 64-12-8-10 --dropout 0.2 --input-corruption masking:0.1
train rbm-gaussian rbm --layers 64-12 "${gaussian[@]}"
train dbn-gaussian dbn "${stack[@]}" "${gaussian[@]}" --keep-layers
train deep-autoencoder-gaussian deep-autoencoder --layers 64-12-4 --pretraining-epochs 2 "${gaussian[@]}"
train autoencoder-gaussian autoencoder --layers 64-12 "${gaussian[@]}"
train sae-gaussian sae "${stack[@]}" "${gaussian[@]}"
train sdae-gaussian sdae "${stack[@]}" "${gaussian[@]}" --corruption gaussian:0.3
train net-gaussian net --layers 64-12-8-10 "${gaussian[@]}"
popd >/dev/null

mkdir interrupted && pushd interrupted >/dev/null
long=(--layers 64-8-6-10 --pretraining-epochs 12 --top-epochs 3 --epochs 30)
stopped full KILL 'checkpoint-000003.safetensors' full --layers 64-4-10 --no-baseline --epochs 40
stopped top-stopped INT 'checkpoint-000003.safetensors' top --layers 64-12-10 --no-baseline --epochs 400
stopped dbn-in-a-layer KILL 'checkpoint-stage001-000002.safetensors' dbn "${long[@]}"
stopped dbn-in-the-whole KILL 'checkpoint-stage003-000002.safetensors' dbn "${long[@]}" --keep-layers
stopped rbm KILL 'checkpoint-000003.safetensors' rbm --layers 64-6 --epochs 40
# What is kept free on the disk for the model: bytes that say nothing, and 350 kB of them.
rm -r ./*.partial/ballast
popd >/dev/null
