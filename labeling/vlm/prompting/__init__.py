"""What a model is asked: prompt files, the steps of a clip, and the evidence given to reflection."""
