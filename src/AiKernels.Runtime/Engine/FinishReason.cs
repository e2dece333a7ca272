namespace AiKernels.Runtime.Engine;

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>It has not ended, or ended with an exception.</summary>
    None,

    /// <summary>The model said so, or a stop string appeared.</summary>
    Stop,

    /// <summary>The wanted number of tokens, or the context's length, was reached.</summary>
    Length,

    /// <summary>Its time was over, see <see cref="GenerationOptions.TimeLimit"/>.</summary>
    Deadline,
}

/// <summary>Finish reasons as protocols write them.</summary>
/// <example><code>Console.WriteLine(generation.FinishReason.Word()); // length</code></example>
public static class FinishReasonExtensions
{
    /// <summary>One word: stop, length or deadline; error where there is none.</summary>
    public static string Word(this FinishReason reason) => reason switch
    {
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        FinishReason.Deadline => "deadline",
        _ => "error",
    };
}
