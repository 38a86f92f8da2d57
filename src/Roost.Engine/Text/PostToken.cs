namespace Roost.Engine.Text;

public enum PostTokenKind
{
    /// <summary>Text to be shown as it is.</summary>
    Text,
    /// <summary>One line end.</summary>
    LineBreak,
    /// <summary>Two line ends or more.</summary>
    ParagraphBreak,
    /// <summary>A web address, from its scheme on.</summary>
    Link,
    /// <summary><c>@name</c> or <c>@name@domain</c>.</summary>
    Mention,
    /// <summary><c>#word</c>.</summary>
    Hashtag,
}

/// <summary>A stretch of a post's text.</summary>
/// <param name="Start">Index of its first UTF-16 character.</param>
public readonly record struct PostToken(PostTokenKind Kind, int Start, int Length)
{
    public int End => Start + Length;
}
