namespace Roost.Services.Filters;

/// <summary>How much an account may filter: every page that it reads is held against it.</summary>
internal static class FilterLimits
{
    public const int FiltersMax = 200;
    public const int KeywordsMax = 1_000;
    public const int PostsMax = 1_000;
    public const int TitleLengthMax = 256;
    public const int KeywordLengthMax = 512;
}
