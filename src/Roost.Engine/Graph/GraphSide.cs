namespace Roost.Engine.Graph;

/// <summary>The two directions of the follow graph.</summary>
public enum GraphSide { Followers, Followees }
