namespace AiKernels.Runtime.Models;

/// <summary>
/// What a decoder has to read and to multiply, whatever computes it: what speeds are divided by to compare them with a
/// machine's roofline. Attention's own arithmetic, norms and vectors are left out; they are small beside the matrices.
/// </summary>
/// <param name="WeightBytes">
/// Bytes of the weight matrices that a step reads, as they lie in the backend's memory: all of them but an embedding
/// table that is only looked up.
/// </param>
/// <param name="LayerMultiplyAdds">Multiply-adds of the layers' matrices for a token.</param>
/// <param name="OutputMultiplyAdds">Multiply-adds of the output projection for a token whose logits are wanted.</param>
/// <param name="KeyValueBytes">Bytes of the keys and values of one position, of all layers.</param>
public sealed record DecoderWork(long WeightBytes, long LayerMultiplyAdds, long OutputMultiplyAdds, double KeyValueBytes)
{
    /// <summary>
    /// Bytes that a step of one token for each of some sequences reads at least: the weights once, and each sequence's keys
    /// and values.
    /// </summary>
    /// <param name="positions">Positions that a token attends to, its own included; of many tokens, their mean.</param>
    /// <param name="sequences">Sequences that decode together.</param>
    public double DecodeBytes(double positions, int sequences = 1) => WeightBytes + (sequences * positions * KeyValueBytes);

    /// <summary>Multiplications and additions of a step of one token for each of some sequences.</summary>
    public double DecodeOperations(int sequences = 1) => 2.0 * sequences * (LayerMultiplyAdds + OutputMultiplyAdds);

    /// <summary>Multiplications and additions of a prompt of which the last token's logits are wanted.</summary>
    public double PrefillOperations(int tokens) => 2.0 * (((double)LayerMultiplyAdds * tokens) + OutputMultiplyAdds);

    /// <summary>The mean of the positions that tokens attend to which are decoded one by one after others.</summary>
    public static double MeanPositions(int before, int tokens) => before + ((tokens + 1) / 2.0);
}
