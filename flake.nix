{
  description = "A knowledge base of Markdown notes for AI assistants";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      forAllSystems = nixpkgs.lib.genAttrs systems;
      version = builtins.head
        (builtins.match ".*project\\(basic_memory VERSION ([0-9.]+).*" (builtins.readFile ./CMakeLists.txt));
    in
    {
      packages = forAllSystems (system:
        let pkgs = nixpkgs.legacyPackages.${system}; in
        {
          default = pkgs.stdenv.mkDerivation {
            pname = "basic-memory";
            inherit version;
            src = self;
            nativeBuildInputs = with pkgs; [ cmake ninja pkg-config python3 ];
            buildInputs = with pkgs; [
              cli11
              cmark-gfm
              curl
              doctest
              fmt
              giflib
              httplib
              libjpeg
              libpng
              libwebp
              nlohmann_json
              openssl
              spdlog
              sqlite
              tl-expected
              utf8proc
              yaml-cpp
              zstd
            ];
            cmakeFlags = [ "-DBM_TESTS=OFF" ];
            meta = {
              description = "Knowledge base of Markdown notes for AI assistants";
              license = pkgs.lib.licenses.asl20;
              mainProgram = "bm";
              platforms = systems;
            };
          };
        });

      apps = forAllSystems (system: {
        default = {
          type = "app";
          program = "${self.packages.${system}.default}/bin/bm";
        };
      });
    };
}
