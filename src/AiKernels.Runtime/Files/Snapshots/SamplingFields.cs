using AiKernels.Runtime.Sampling;

namespace AiKernels.Runtime.Files.Snapshots;

/// <summary>
/// How tokens are chosen, as a snapshot has it:
/// <code>
/// temperature f32, top k u32, top p f32, min p f32, repetition penalty f32, its window u32, seed u64,
/// dynamic temperature's range and exponent f32, typical p f32, top n sigma f32, XTC's probability and
/// threshold f32, DRY's multiplier and base f32, its allowed length and window u32, its breakers strings,
/// frequency and presence penalty f32, Mirostat's tau bool and f32, its eta f32, order u32 each,
/// logit bias u32 and f32 each
/// </code>
/// </summary>
internal static class SamplingFields
{
    public static void Write(BinaryWriter writer, SamplingOptions sampling)
    {
        writer.Write(sampling.Temperature);
        writer.Write(sampling.TopK);
        writer.Write(sampling.TopP);
        writer.Write(sampling.MinP);
        writer.Write(sampling.RepetitionPenalty);
        writer.Write(sampling.RepetitionWindow);
        writer.Write(sampling.Seed);
        writer.Write(sampling.DynamicTemperatureRange);
        writer.Write(sampling.DynamicTemperatureExponent);
        writer.Write(sampling.TypicalP);
        writer.Write(sampling.TopNSigma);
        writer.Write(sampling.XtcProbability);
        writer.Write(sampling.XtcThreshold);
        writer.Write(sampling.DryMultiplier);
        writer.Write(sampling.DryBase);
        writer.Write(sampling.DryAllowedLength);
        writer.Write(sampling.DryWindow);
        SnapshotFields.WriteTexts(writer, sampling.DryBreakers);
        writer.Write(sampling.FrequencyPenalty);
        writer.Write(sampling.PresencePenalty);
        writer.Write(sampling.MirostatTau is not null);
        writer.Write(sampling.MirostatTau ?? 0);
        writer.Write(sampling.MirostatEta);
        writer.Write((long)sampling.Order.Count);
        foreach (var stage in sampling.Order)
        {
            writer.Write((int)stage);
        }

        writer.Write((long)sampling.LogitBias.Count);
        foreach (var (token, bias) in sampling.LogitBias)
        {
            writer.Write(token);
            writer.Write(bias);
        }
    }

    public static SamplingOptions Read(ref GgufCursor cursor)
    {
        var sampling = new SamplingOptions
        {
            Temperature = SnapshotFields.Float(ref cursor, "temperature"),
            TopK = SnapshotFields.Number(ref cursor, "top k"),
            TopP = SnapshotFields.Float(ref cursor, "top p"),
            MinP = SnapshotFields.Float(ref cursor, "min p"),
            RepetitionPenalty = SnapshotFields.Float(ref cursor, "repetition penalty"),
            RepetitionWindow = SnapshotFields.Number(ref cursor, "repetition window"),
            Seed = cursor.UInt64("seed"),
            DynamicTemperatureRange = SnapshotFields.Float(ref cursor, "dynamic temperature range"),
            DynamicTemperatureExponent = SnapshotFields.Float(ref cursor, "dynamic temperature exponent"),
            TypicalP = SnapshotFields.Float(ref cursor, "typical p"),
            TopNSigma = SnapshotFields.Float(ref cursor, "top n sigma"),
            XtcProbability = SnapshotFields.Float(ref cursor, "XTC probability"),
            XtcThreshold = SnapshotFields.Float(ref cursor, "XTC threshold"),
            DryMultiplier = SnapshotFields.Float(ref cursor, "DRY multiplier"),
            DryBase = SnapshotFields.Float(ref cursor, "DRY base"),
            DryAllowedLength = SnapshotFields.Number(ref cursor, "DRY allowed length"),
            DryWindow = SnapshotFields.Number(ref cursor, "DRY window"),
            DryBreakers = SnapshotFields.ReadTexts(ref cursor, "DRY breakers"),
            FrequencyPenalty = SnapshotFields.Float(ref cursor, "frequency penalty"),
            PresencePenalty = SnapshotFields.Float(ref cursor, "presence penalty"),
        };
        var (hasTau, tau) = (cursor.Boolean("Mirostat tau"), SnapshotFields.Float(ref cursor, "Mirostat tau"));
        return sampling with
        {
            MirostatTau = hasTau ? tau : null,
            MirostatEta = SnapshotFields.Float(ref cursor, "Mirostat eta"),
            Order = ReadOrder(ref cursor),
            LogitBias = ReadBias(ref cursor),
        };
    }

    private static SamplerStage[] ReadOrder(ref GgufCursor cursor)
    {
        var order = new SamplerStage[cursor.Count("order", sizeof(int))];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = (SamplerStage)SnapshotFields.Number(ref cursor, "order");
        }

        return order;
    }

    private static Dictionary<int, float> ReadBias(ref GgufCursor cursor)
    {
        var count = cursor.Count("logit bias", sizeof(int) + sizeof(float));
        Dictionary<int, float> biases = [];
        for (var i = 0L; i < count; i++)
        {
            var (token, bias) = (SnapshotFields.Number(ref cursor, "logit bias"), SnapshotFields.Float(ref cursor, "logit bias"));
            biases[token] = bias;
        }

        return biases;
    }
}
