namespace AiKernels.Cpu;

/// <summary>
/// Attention over some positions: m, the largest score; l = sum of exp(score - m); and, elsewhere, the channels
/// o = sum of exp(score - m) v. States of neighbouring positions merge into one; o / l is the attention. Source: the
/// online softmax of arXiv:1805.02867.
/// </summary>
internal readonly record struct SoftmaxState(float Maximum, float Sum);
