using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Characters;

/// <summary>How characters become bytes.</summary>
internal interface ICharacterEncoding
{
    /// <summary>One character of a set, in every way in which it may be written.</summary>
    Expression Encode(CodePointSet set);
}
