#!/bin/sh
#SBATCH --job-name=hw2
#SBATCH --ntasks=64
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=2G
#SBATCH --time=4:00:00
# A worker a task, which ends when there has been nothing to do for two minutes:
#   sbatch --export=ALL,QUEUE=redis://:PASSWORD@login1 slurm.sh
# The store is a folder that all nodes share; hw2 is installed with bullmq and ioredis where this is submitted.
srun npx hw2 cluster worker --queue "$QUEUE" --idle-exit "${IDLE_EXIT:-120}"
